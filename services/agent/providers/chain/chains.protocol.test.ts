import { ReadableStream } from 'node:stream/web';
import { inference, initializeLogger, llm, type VAD } from '@livekit/agents';
import { silentLogger } from '@patchbay/common/logger';
import { startProviders, type Providers } from '@patchbay/sandbox/providers/start-providers';
import { speak } from '@patchbay/sandbox/speech/espeak';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { buildModels, type Models, type ProviderChain } from '../catalog.ts';
import type { ProviderSwitch } from './switches.ts';

const WORDS = 'Welcome to the bank. How can I help you today?';
const FILLER = 'One moment, please.';
const FAULTS = [
  ['refuses its key', { status: 401 }],
  ['has no room', { status: 429 }],
  ['fails', { status: 500 }],
  ['hangs', { hang: true }],
  ['talks nonsense', { garbage: true }],
  ['breaks off', { cut: true }],
] as const;

let providers: Providers;
let vad: VAD;
const built: Models[] = [];
beforeAll(async () => {
  initializeLogger({ pretty: false, level: 'silent' });
  vad = new inference.VAD({ minSilenceDuration: 250 });
  providers = await startProviders({ host: '127.0.0.1', port: 0, log: silentLogger() });
  // The engine's first sentence takes long on a busy machine.
  await speak(WORDS, { sampleRateHz: 24_000 });
});
afterEach(async () => {
  providers.admin.faults.clear();
  for (const { stt, llm, tts } of built.splice(0)) {
    await Promise.all([stt.close(), llm.aclose(), tts.close()]);
  }
});
afterAll(() => providers.close());

function build(change: Partial<ProviderChain>): { models: Models; switches: ProviderSwitch[] } {
  const switches: ProviderSwitch[] = [];
  const keys = ['DEEPGRAM', 'OPENAI', 'GROQ', 'CARTESIA', 'SARVAM'];
  const models = buildModels({
    chain: {
      stt: ['deepgram', 'whisper'],
      llm: ['openai', 'groq'],
      tts: ['cartesia', 'sarvam'],
      ...change,
    },
    settings: {
      ...Object.fromEntries(keys.map((name) => [`${name}_API_KEY`, 'sandbox'])),
      DEEPGRAM_BASE_URL: providers.url.replace('http', 'ws'),
      OPENAI_BASE_URL: `${providers.url}/v1`,
      GROQ_BASE_URL: `${providers.url}/openai/v1`,
      CARTESIA_BASE_URL: providers.url,
      SARVAM_BASE_URL: providers.url,
    },
    voice: { language: 'en-US', filler: FILLER },
    vad,
    onSwitch: (made) => switches.push(made),
    onLate: () => undefined,
    onUnheard: () => undefined,
  });
  built.push(models);
  return { models, switches };
}

describe.each([
  ['openai', 'groq'],
  ['groq', 'openai'],
] as const)('of the language models %s', (first, second) => {
  it.each(FAULTS)('%s: the other answers, and no word comes twice', async (_, fault) => {
    const { models, switches } = build({ llm: [first, second] });
    providers.admin.faults.set({ provider: first, ...fault });
    const chatCtx = llm.ChatContext.empty();
    chatCtx.addMessage({ role: 'user', content: 'can you help me' });
    let answer = '';
    for await (const { delta } of models.llm.chat({ chatCtx })) answer += delta?.content ?? '';
    expect(answer.replace(`${FILLER} `, '')).toBe('How can I help you?');
    expect(switches).toMatchObject([{ stage: 'llm', from: first, to: second }]);
  });
});

describe.each([
  ['cartesia', 'sarvam'],
  ['sarvam', 'cartesia'],
] as const)('of the voices %s', (first, second) => {
  it.each(FAULTS)('%s: the other speaks what is left, once', async (_, fault) => {
    const { models, switches } = build({ tts: [first, second] });
    const wholeS = await spokenS(models, WORDS);
    providers.admin.faults.set({ provider: first, ...fault });
    const withFaultS = await spokenS(models, WORDS);
    expect(withFaultS / wholeS).toBeGreaterThan(0.7);
    expect(withFaultS / wholeS).toBeLessThan(1.3);
    expect(switches.at(-1)).toMatchObject({ stage: 'tts', to: second });
  });
});

async function spokenS(models: Models, text: string): Promise<number> {
  const stream = models.tts.stream();
  stream.updateInputStream(ReadableStream.from([text.slice(0, 25), text.slice(25)]));
  let seconds = 0;
  for await (const audio of stream) {
    if (typeof audio === 'symbol') break;
    seconds += audio.frame.samplesPerChannel / audio.frame.sampleRate;
  }
  return seconds;
}
