import { ReadableStream } from 'node:stream/web';
import { inference, initializeLogger, llm, stt, VADEventType, type VAD } from '@livekit/agents';
import { AudioFrame } from '@livekit/rtc-node';
import { silentLogger } from '@patchbay/common/logger';
import { startProviders, type Providers } from '@patchbay/sandbox/providers/start-providers';
import { speak } from '@patchbay/sandbox/speech/espeak';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
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
  vad = new inference.VAD({ minSilenceDuration: 150 });
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

function build(
  change: Partial<ProviderChain>,
  onUnheard: () => void = () => undefined,
): { models: Models; switches: ProviderSwitch[] } {
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
    onSwitch: (made) => switches.push(made),
    onLate: () => undefined,
    onUnheard,
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

it('the voice is connected to before there is anything to say, and speaks there', async () => {
  const { models } = build({});
  const { counts } = providers.admin;
  const connections = () => counts.get('cartesia', 'connections');
  const before = connections();
  models.tts.prewarm();
  await vi.waitFor(() => expect(connections()).toBe(before + 1));
  expect(await spokenS(models, WORDS)).toBeGreaterThan(1);
  expect(connections()).toBe(before + 1);
});

const QUESTION = 'what is my account balance';
const FRAME_SAMPLES = 512;
const RATE_HZ = 16_000;

/** A caller's turn, as a session gives it to the recognisers; `atS` seconds into it something happens. */
async function hearTurn(
  models: Models,
  atS: number,
  happen: () => void,
  limitMs = 15_000,
): Promise<string[]> {
  const speech = await speak(QUESTION, { sampleRateHz: RATE_HZ });
  const stream = models.stt.stream();
  const detection = vad.stream();
  const texts: string[] = [];
  const listening = (async () => {
    for await (const event of stream) {
      const text = event.alternatives?.[0].text;
      if (event.type === stt.SpeechEventType.FINAL_TRANSCRIPT && text) texts.push(text);
    }
  })();
  const detecting = (async () => {
    for await (const { type } of detection) {
      if (type === VADEventType.START_OF_SPEECH) models.stt.onCallerSpeaking(true);
      if (type === VADEventType.END_OF_SPEECH) models.stt.onCallerSpeaking(false);
    }
  })();
  const leadS = 0.6;
  const startMs = performance.now();
  const deadlineMs = startMs + limitMs;
  let happened = false;
  for (let n = 0; texts.length === 0 && performance.now() < deadlineMs; n++) {
    const fromS = (n * FRAME_SAMPLES) / RATE_HZ;
    if (!happened && fromS >= leadS + atS * (speech.length / RATE_HZ)) {
      happened = true;
      happen();
    }
    const samples = new Int16Array(FRAME_SAMPLES);
    const from = Math.round((fromS - leadS) * RATE_HZ);
    if (from >= 0) samples.set(speech.subarray(from, from + FRAME_SAMPLES));
    const frame = new AudioFrame(samples, RATE_HZ, 1, FRAME_SAMPLES);
    stream.pushFrame(frame);
    detection.pushFrame(frame);
    const dueMs = startMs + fromS * 1_000 - performance.now();
    if (dueMs > 0) await new Promise((resolve) => setTimeout(resolve, dueMs));
  }
  stream.close();
  detection.close();
  await Promise.allSettled([listening, detecting]);
  return texts;
}

const MOMENTS = { beginning: -0.2, middle: 0.5, end: 1 } as const;
/** What is heard of whom it breaks; the other hears the same words. */
const STT_CHAINS = [
  ['deepgram', 'deepgram', 'whisper'],
  ['deepgram', 'deepgram', 'sarvam'],
  ['sarvam', 'sarvam-stt', 'whisper'],
] as const;

describe.each(STT_CHAINS)('of the recognisers %s', (first, fault, second) => {
  it.each(Object.entries(MOMENTS))(
    `breaks at the %s of a turn: ${second} makes words of it, once`,
    async (_, atS) => {
      const { models, switches } = build({ stt: [first, second] });
      const texts = await hearTurn(models, atS, () =>
        providers.admin.faults.set({ provider: fault, hang: true }),
      );
      expect(texts).toEqual(['What is my account balance?']);
      if (atS < 0) {
        expect(switches).toMatchObject([{ stage: 'stt', from: first, to: second }]);
      }
    },
  );
});

describe('of the recognisers deepgram', () => {
  it.each(
    FAULTS.filter(
      ([, fault]) => !('hang' in fault) && !('status' in fault && fault.status !== 500),
    ),
  )('%s in the middle of a turn: whisper makes words of it, once', async (_, fault) => {
    const { models, switches } = build({ stt: ['deepgram', 'whisper'] });
    const texts = await hearTurn(models, MOMENTS.middle, () =>
      providers.admin.faults.set({ provider: 'deepgram', ...fault }),
    );
    expect(texts).toEqual(['What is my account balance?']);
    expect(switches).toMatchObject([{ stage: 'stt', from: 'deepgram', to: 'whisper' }]);
  });
});

it('speech that no recogniser makes words of is told', async () => {
  let unheard = 0;
  const { models } = build({ stt: ['deepgram', 'whisper'] }, () => unheard++);
  const texts = await hearTurn(
    models,
    MOMENTS.beginning,
    () => {
      providers.admin.faults.set({ provider: 'deepgram', hang: true });
      providers.admin.faults.set({ provider: 'whisper', hang: true });
    },
    7_000,
  );
  expect(texts).toEqual([]);
  expect(unheard).toBe(1);
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
