import { initializeLogger, stt } from '@livekit/agents';
import { STT } from '@livekit/agents-plugin-deepgram';
import { AudioFrame } from '@livekit/rtc-node';
import { silentLogger } from '@patchbay/common/logger';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { speak } from '../speech/espeak.ts';
import { startProviders, type Providers } from './start-providers.ts';

const RATE_HZ = 16_000;
const FRAME = RATE_HZ / 50;

let providers: Providers;
beforeAll(() => initializeLogger({ pretty: false, level: 'silent' }));
beforeEach(async () => {
  providers = await startProviders({ host: '127.0.0.1', port: 0, log: silentLogger() });
});
afterEach(() => providers.close());

/** Say the sentences into LiveKit's Deepgram plugin in real time; every event it gives until the n-th end. */
async function transcribe(sentences: readonly string[], apiKey = 'sandbox') {
  const recogniser = new STT({ apiKey, baseUrl: providers.url.replace('http', 'ws') });
  const stream = recogniser.stream({
    connOptions: { maxRetry: 0, retryIntervalMs: 10, timeoutMs: 5_000 },
  });
  const failed = new Promise<never>((_, reject) =>
    recogniser.on('error', ({ error }) => reject(error)),
  );
  const events: stt.SpeechEvent[] = [];
  const done = (async () => {
    let ends = 0;
    for await (const event of stream) {
      events.push(event);
      if (event.type === stt.SpeechEventType.END_OF_SPEECH && ++ends === sentences.length) break;
    }
  })();
  const talk = async () => {
    for (const sentence of sentences) {
      const speech = await speak(sentence, { sampleRateHz: RATE_HZ });
      const padded = new Int16Array(speech.length + RATE_HZ);
      padded.set(speech, RATE_HZ / 4);
      for (let at = 0; at + FRAME <= padded.length; at += FRAME) {
        stream.pushFrame(new AudioFrame(padded.slice(at, at + FRAME), RATE_HZ, 1, FRAME));
        await sleep(4);
      }
    }
  };
  try {
    await Promise.race([Promise.all([talk(), done]), failed]);
  } finally {
    stream.close();
  }
  return events;
}

describe("Deepgram stand-in under LiveKit's plugin", () => {
  test('speech becomes start, final transcript and end', async () => {
    const events = await transcribe(['what is my account balance']);
    const kinds = events.map((event) => event.type);
    expect(kinds[0]).toBe(stt.SpeechEventType.START_OF_SPEECH);
    expect(kinds.at(-1)).toBe(stt.SpeechEventType.END_OF_SPEECH);
    const final = events.find((event) => event.type === stt.SpeechEventType.FINAL_TRANSCRIPT);
    expect(final?.alternatives?.[0].text).toBe('What is my account balance?');
    expect(final?.alternatives?.[0].words?.length).toBe(5);
  });

  test('two sentences after each other are two utterances', async () => {
    const events = await transcribe(['block my card', 'yes please']);
    const finals = events
      .filter((event) => event.type === stt.SpeechEventType.FINAL_TRANSCRIPT)
      .map((event) => event.alternatives?.[0].text);
    expect(finals).toEqual(['Block my card.', 'Yes please.']);
  });

  test('a wrong key is refused with status 401', async () => {
    await expect(transcribe(['yes'], 'wrong')).rejects.toMatchObject({ statusCode: 401 });
  });
});
