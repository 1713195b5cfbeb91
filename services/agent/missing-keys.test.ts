import { createLogger } from '@patchbay/common/logger';
import { expect, it } from 'vitest';
import { MissingKeys } from './missing-keys.ts';
import { USUAL_CHAIN } from './providers/catalog.ts';

const KEYS = { DEEPGRAM_API_KEY: 'd', OPENAI_API_KEY: 'o', CARTESIA_API_KEY: 'c' };
const bank = { name: 'bank', providers: USUAL_CHAIN };
const support = { name: 'support', providers: USUAL_CHAIN };

function setUp(settings: Readonly<Record<string, string>>) {
  const lines: unknown[] = [];
  const log = createLogger({
    service: 'agent',
    level: 'warn',
    personalData: false,
    destination: { write: (line: string) => void lines.push(JSON.parse(line)) },
  });
  return { lines, missing: new MissingKeys(settings, log) };
}

it('a provider that stands by without a key is warned of once for all agents', () => {
  const { lines, missing } = setUp({ ...KEYS, GROQ_API_KEY: 'g' });
  missing.warn([bank, support]);
  expect(lines).toMatchObject([
    {
      variable: 'SARVAM_API_KEY',
      provider: 'sarvam',
      agents: ['bank', 'support'],
      msg: 'provider key is not set, this provider is left out',
    },
  ]);
});

it('agents that were read again bring only new warnings', () => {
  const { lines, missing } = setUp({ ...KEYS, GROQ_API_KEY: 'g' });
  missing.warn([bank]);
  missing.warn([bank]);
  expect(lines).toHaveLength(1);
  missing.warn([{ ...bank, providers: { ...USUAL_CHAIN, tts: ['sarvam'] } }]);
  expect(lines.at(-1)).toMatchObject({ msg: 'provider key is not set, callers get an apology' });
});
