import { initializeLogger } from '@livekit/agents';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildModels, missingKeys, type ProviderChain } from './catalog.ts';
import { faultKindOf, ProviderFault } from './faults.ts';

const CHAIN: ProviderChain = { stt: ['deepgram'], llm: ['openai'], tts: ['cartesia'] };
const URLS = {
  DEEPGRAM_BASE_URL: 'ws://127.0.0.1:1',
  OPENAI_BASE_URL: 'http://127.0.0.1:1/v1',
  CARTESIA_BASE_URL: 'http://127.0.0.1:1',
};
const KEYS = { DEEPGRAM_API_KEY: 'k1', OPENAI_API_KEY: 'k2', CARTESIA_API_KEY: 'k3' };

beforeAll(() => initializeLogger({ pretty: false, level: 'silent' }));

describe('the providers of an agent', () => {
  it('are built from their keys and addresses', async () => {
    const models = buildModels(CHAIN, { ...URLS, ...KEYS }, { language: 'en-US' });
    expect([models.stt.provider, models.llm.provider, models.tts.provider]).toEqual([
      'Deepgram',
      '127.0.0.1:1',
      'Cartesia',
    ]);
    await models.tts.close();
  });

  it('all name their missing keys, each with its variable', () => {
    const faults = missingKeys(CHAIN, URLS);
    expect(faults.map(({ provider, variable }) => [provider, variable])).toEqual([
      ['deepgram', 'DEEPGRAM_API_KEY'],
      ['openai', 'OPENAI_API_KEY'],
      ['cartesia', 'CARTESIA_API_KEY'],
    ]);
  });

  it('are not built when a key is missing', () => {
    const settings = { ...URLS, ...KEYS, OPENAI_API_KEY: undefined };
    expect(() => buildModels(CHAIN, settings, { language: 'en-US' })).toThrow(
      /openai needs a key: set OPENAI_API_KEY/,
    );
  });
});

describe('a provider fault', () => {
  it('says which provider and which variable to look at', () => {
    const facts = { stage: 'tts', provider: 'cartesia', variable: 'CARTESIA_API_KEY' } as const;
    expect(new ProviderFault({ ...facts, kind: 'key-refused' }).message).toBe(
      'cartesia refused the key in CARTESIA_API_KEY',
    );
  });

  it.each([
    [{ statusCode: 401 }, 'key-refused'],
    [{ statusCode: 403 }, 'key-refused'],
    [{ statusCode: 500 }, 'failed'],
    [new Error('socket hang up'), 'failed'],
    [undefined, 'failed'],
  ])('made from %j is %s', (error, kind) => {
    expect(faultKindOf(error)).toBe(kind);
  });
});
