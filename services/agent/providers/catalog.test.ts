import { initializeLogger } from '@livekit/agents';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildModels, fatalMissingKeys, missingKeys, type ProviderChain } from './catalog.ts';
import { faultKindOf, ProviderFault } from './faults.ts';

const CHAIN: ProviderChain = {
  stt: ['deepgram', 'whisper'],
  llm: ['openai', 'groq'],
  tts: ['cartesia', 'sarvam'],
};
const URLS = {
  DEEPGRAM_BASE_URL: 'ws://127.0.0.1:1',
  OPENAI_BASE_URL: 'http://127.0.0.1:1/v1',
  GROQ_BASE_URL: 'http://127.0.0.1:1/openai/v1',
  CARTESIA_BASE_URL: 'http://127.0.0.1:1',
  SARVAM_BASE_URL: 'http://127.0.0.1:1',
};
const KEYS = {
  DEEPGRAM_API_KEY: 'k1',
  OPENAI_API_KEY: 'k2',
  GROQ_API_KEY: 'k3',
  CARTESIA_API_KEY: 'k4',
  SARVAM_API_KEY: 'k5',
};

beforeAll(() => initializeLogger({ pretty: false, level: 'silent' }));

function build(chain: ProviderChain, settings: Record<string, string | undefined>) {
  return buildModels({
    chain,
    settings,
    voice: { language: 'en-US' },
    onSwitch: () => undefined,
    onLate: () => undefined,
    onUnheard: () => undefined,
  });
}

/** Names of the providers that were built, by stage. */
async function namesOf(models: ReturnType<typeof build>) {
  const names = [models.stt, models.llm, models.tts].map(({ members }) =>
    members.all.map(({ name }) => name),
  );
  await Promise.all([models.stt.close(), models.llm.aclose(), models.tts.close()]);
  return names;
}

describe('the providers of an agent', () => {
  it('are built from their keys and addresses, in the order of the chain', async () => {
    expect(await namesOf(build(CHAIN, { ...URLS, ...KEYS }))).toEqual([
      ['deepgram', 'whisper'],
      ['openai', 'groq'],
      ['cartesia', 'sarvam'],
    ]);
  });

  it('are asked in the order of the agent’s file, with its own patience', async () => {
    const chain: ProviderChain = {
      ...CHAIN,
      tts: [{ provider: 'sarvam', voice: 'vidya', timeoutMs: 300 }, 'cartesia'],
    };
    const models = build(chain, { ...URLS, ...KEYS });
    expect(models.tts.members.all.map(({ name, timeoutMs }) => [name, timeoutMs])).toEqual([
      ['sarvam', 300],
      ['cartesia', 650],
    ]);
    await namesOf(models);
  });

  it('all name their missing keys, each with its variable', () => {
    expect(missingKeys(CHAIN, URLS).map(({ provider, variable }) => [provider, variable])).toEqual([
      ['deepgram', 'DEEPGRAM_API_KEY'],
      ['whisper', 'OPENAI_API_KEY'],
      ['openai', 'OPENAI_API_KEY'],
      ['groq', 'GROQ_API_KEY'],
      ['cartesia', 'CARTESIA_API_KEY'],
      ['sarvam', 'SARVAM_API_KEY'],
    ]);
  });

  it('are left out without a key, as long as one of the stage is left', async () => {
    const settings = { ...URLS, ...KEYS, OPENAI_API_KEY: undefined, SARVAM_API_KEY: undefined };
    expect(fatalMissingKeys(CHAIN, settings)).toEqual([]);
    expect(await namesOf(build(CHAIN, settings))).toEqual([['deepgram'], ['groq'], ['cartesia']]);
  });

  it('are not built when nobody is left for a stage', () => {
    const settings = { ...URLS, ...KEYS, CARTESIA_API_KEY: undefined, SARVAM_API_KEY: undefined };
    expect(fatalMissingKeys(CHAIN, settings).map(({ provider }) => provider)).toEqual([
      'cartesia',
      'sarvam',
    ]);
    expect(() => build(CHAIN, settings)).toThrow(/cartesia needs a key: set CARTESIA_API_KEY/);
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
    [Object.assign(new Error('nobody'), { cause: { statusCode: 401 } }), 'key-refused'],
    [{ statusCode: 500 }, 'failed'],
    [new Error('socket hang up'), 'failed'],
    [undefined, 'failed'],
  ])('made from %j is %s', (error, kind) => {
    expect(faultKindOf(error)).toBe(kind);
  });
});
