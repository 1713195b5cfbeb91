import { initializeLogger, tts } from '@livekit/agents';
import { TTS } from '@livekit/agents-plugin-cartesia';
import { silentLogger } from '@patchbay/common/logger';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { resample } from '../audio/resample.ts';
import { replyGrammar } from '../speech/grammars.ts';
import { recognize } from '../speech/pocketsphinx.ts';
import { startProviders, type Providers } from './start-providers.ts';

let providers: Providers;
beforeAll(() => initializeLogger({ pretty: false, level: 'silent' }));
beforeEach(async () => {
  providers = await startProviders({ host: '127.0.0.1', port: 0, log: silentLogger() });
});
afterEach(() => providers.close());

/** Have LiveKit's Cartesia plugin speak a text that comes in pieces. */
async function hear(pieces: readonly string[], apiKey = 'sandbox') {
  const voice = new TTS({ apiKey, baseUrl: providers.url });
  const failed = new Promise<never>((_, reject) => voice.on('error', ({ error }) => reject(error)));
  failed.catch(() => undefined);
  const stream = voice.stream({
    connOptions: { maxRetry: 0, retryIntervalMs: 10, timeoutMs: 5_000 },
  });
  for (const piece of pieces) stream.pushText(piece);
  stream.endInput();
  const samples: number[] = [];
  const words: { text: string; startTime: number; endTime: number }[] = [];
  const collect = async () => {
    for await (const event of stream) {
      if (event === tts.SynthesizeStream.END_OF_STREAM) break;
      samples.push(...event.frame.data);
      for (const { text, startTime = 0, endTime = 0 } of event.timedTranscripts ?? []) {
        words.push({ text: text.trim(), startTime, endTime });
      }
    }
  };
  try {
    await Promise.race([collect(), failed]);
  } finally {
    stream.close();
    await voice.close();
  }
  return { audio: Int16Array.from(samples), words };
}

describe("Cartesia stand-in under LiveKit's plugin", () => {
  test('a reply that comes in pieces is heard as it was written', async () => {
    const { audio } = await hear([
      'Your account balance is two thousand ',
      'four hundred fifty dollars.',
    ]);
    expect(await recognize(resample(audio, 24_000, 16_000), replyGrammar)).toBe(
      'your account balance is two thousand four hundred fifty dollars',
    );
  });

  test('word times go on from sentence to sentence', async () => {
    const { words, audio } = await hear([
      'Thank you very much for calling us today. ',
      'Goodbye to you and all of yours.',
    ]);
    expect(words.map(({ text }) => text).join(' ')).toBe(
      'Thank you very much for calling us today. Goodbye to you and all of yours.',
    );
    const starts = words.map(({ startTime }) => startTime);
    expect(starts).toEqual([...starts].sort((a, b) => a - b));
    expect(words.at(-1)?.endTime).toBeLessThanOrEqual(audio.length / 24_000);
  });

  test('a wrong key is refused with status 401', async () => {
    await expect(hear(['Hello to you.'], 'wrong')).rejects.toMatchObject({ statusCode: 401 });
  });

  test('a server fault reaches the plugin with its status', async () => {
    await hear(['All services are running.']);
    providers.admin.faults.set({ provider: 'cartesia', status: 503 });
    await expect(hear(['All services are running.'])).rejects.toMatchObject({ statusCode: 503 });
  });
});
