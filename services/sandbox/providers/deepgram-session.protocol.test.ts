import { once } from 'node:events';
import { silentLogger } from '@patchbay/common/logger';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { resample } from '../audio/resample.ts';
import { speak } from '../speech/espeak.ts';
import { trimSilence } from '../speech/silence.ts';
import type { resultsMessage } from './deepgram-messages.ts';
import { startProviders, type Providers } from './start-providers.ts';

type Results = ReturnType<typeof resultsMessage>;
interface Message extends Partial<Omit<Results, 'type'>> {
  type: string;
  last_word_end?: number;
}

const RATE_HZ = 16_000;
const SILENCE_100_MS = Buffer.alloc(3_200);

let providers: Providers;
const sockets: WebSocket[] = [];
beforeEach(async () => {
  providers = await startProviders({ host: '127.0.0.1', port: 0, log: silentLogger() });
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.terminate();
  await providers.close();
});

/** A connection, and a way to wait for a message of a kind. */
async function listen(query: string, rateHz = RATE_HZ) {
  const address = providers.url.replace('http', 'ws');
  const socket = new WebSocket(
    `${address}/v1/listen?encoding=linear16&sample_rate=${rateHz}&${query}`,
    { headers: { Authorization: 'Token sandbox' } },
  );
  sockets.push(socket);
  const messages: Message[] = [];
  socket.on('message', (data: Buffer) => messages.push(JSON.parse(data.toString()) as Message));
  await once(socket, 'open');
  const until = async (wanted: (message: Message) => boolean): Promise<Message> => {
    for (let at = 0; ; at++) {
      while (at >= messages.length) await once(socket, 'message');
      const message = messages[at];
      if (message && wanted(message)) return message;
    }
  };
  return { socket, messages, until };
}

/** Speech with nothing around it, as bytes. */
async function speech(text: string, rateHz = RATE_HZ): Promise<Buffer> {
  const spoken = await speak(text, { sampleRateHz: RATE_HZ });
  const only = trimSilence(spoken, { sampleRateHz: RATE_HZ, keepBeforeMs: 0, keepAfterMs: 0 });
  return Buffer.from(resample(only, RATE_HZ, rateHz).buffer);
}
const transcript = (message: Message) => message.channel?.alternatives[0]?.transcript;

test('in a short silence the transcript is preliminary, after a longer one it is final', async () => {
  const { socket, until } = await listen('interim_results=true&vad_events=true&punctuate=true');
  socket.send(await speech('is there an outage'));
  socket.send(SILENCE_100_MS);
  const interim = await until(({ type }) => type === 'Results');
  expect(interim).toMatchObject({ is_final: false, speech_final: false });
  expect(transcript(interim)).toBe('Is there an outage?');
  socket.send(SILENCE_100_MS);
  const final = await until(({ is_final }) => is_final === true);
  expect(final).toMatchObject({ speech_final: true, from_finalize: false });
  expect(transcript(final)).toBe('Is there an outage?');
  const words = final.channel?.alternatives[0]?.words ?? [];
  expect(words.map(({ word }) => word)).toEqual(['is', 'there', 'an', 'outage']);
  const ends = words.map(({ end }) => end);
  expect(ends).toEqual([...ends].sort((a, b) => a - b));
});

test('a pause in which the sentence was not over does not break it', async () => {
  const { socket, until } = await listen('interim_results=true');
  const sentence = await speech('what are my recent transactions');
  const middle = 2 * Math.round(sentence.length / 4);
  socket.send(sentence.subarray(0, middle));
  socket.send(SILENCE_100_MS);
  socket.send(sentence.subarray(middle));
  socket.send(SILENCE_100_MS);
  socket.send(SILENCE_100_MS);
  const final = await until(({ is_final }) => is_final === true);
  expect(transcript(final)).toBe('what are my recent transactions');
});

test('Finalize gives the result without waiting for silence', async () => {
  const { socket, until } = await listen('');
  socket.send(await speech('block my card'));
  socket.send(JSON.stringify({ type: 'Finalize' }));
  const final = await until(({ type }) => type === 'Results');
  expect(final).toMatchObject({ is_final: true, from_finalize: true });
  expect(transcript(final)).toBe('block my card');
});

test('CloseStream gives the last result, then the metadata, then closes', async () => {
  const { socket, messages } = await listen('');
  socket.send(await speech('goodbye'));
  socket.send(JSON.stringify({ type: 'CloseStream' }));
  await once(socket, 'close');
  expect(messages.map(({ type }) => type)).toEqual(['Results', 'Metadata']);
});

test('sound at a telephone’s rate is heard too', async () => {
  const { socket, until } = await listen('', 8_000);
  socket.send(await speech('is the service working', 8_000));
  socket.send(SILENCE_100_MS);
  socket.send(SILENCE_100_MS);
  expect(transcript(await until(({ type }) => type === 'Results'))).toBe('is the service working');
});

test('a microphone that is switched off in mid-sentence ends it', async () => {
  const { socket, until } = await listen('');
  socket.send(await speech('yes please'));
  expect(transcript(await until(({ type }) => type === 'Results'))).toBe('yes please');
});

test('UtteranceEnd comes when the stream has been silent as long as asked', async () => {
  const { socket, until } = await listen('interim_results=true&utterance_end_ms=1000');
  const sentence = await speech('no');
  socket.send(sentence);
  for (let i = 0; i < 11; i++) socket.send(SILENCE_100_MS);
  const end = await until(({ type }) => type === 'UtteranceEnd');
  expect(end.last_word_end).toBeCloseTo(sentence.length / 32_000, 1);
});

test('without end-pointing results come but speech_final is never said', async () => {
  const { socket, until } = await listen('endpointing=false');
  socket.send(await speech('yes please'));
  for (let i = 0; i < 6; i++) socket.send(SILENCE_100_MS);
  expect(await until(({ is_final }) => is_final === true)).toMatchObject({ speech_final: false });
});

test('a cut breaks the connection when the result is due', async () => {
  providers.admin.faults.set({ provider: 'deepgram', cut: true, times: 1 });
  const { socket } = await listen('');
  socket.send(await speech('yes please'));
  socket.send(SILENCE_100_MS);
  socket.send(SILENCE_100_MS);
  expect((await once(socket, 'close'))[0]).toBe(1006);
});

test('an utterance that hangs never gets a result, the next one does', async () => {
  providers.admin.faults.set({ provider: 'deepgram', hang: true, times: 1 });
  const { socket, until } = await listen('');
  for (const sentence of ['yes please', 'block my card']) {
    socket.send(await speech(sentence));
    for (let i = 0; i < 3; i++) socket.send(SILENCE_100_MS);
  }
  expect(transcript(await until(({ type }) => type === 'Results'))).toBe('block my card');
});

test('words that were told beforehand are final as soon as the sound has ended', async () => {
  const sentence = await speech('what can you do');
  providers.admin.told.set({ text: 'good evening everybody', speechMs: sentence.length / 32 });
  const { socket, until, messages } = await listen('endpointing=25&punctuate=true');
  // A pause in the middle, as long as the silence that is asked for, is not the end.
  const middle = 2 * Math.round(sentence.length / 4);
  socket.send(sentence.subarray(0, middle));
  socket.send(Buffer.alloc(960));
  socket.send(sentence.subarray(middle));
  socket.send(Buffer.alloc(1_280));
  const final = await until(({ is_final }) => is_final === true);
  expect(transcript(final)).toBe('Good evening everybody.');
  expect(messages).toHaveLength(1);

  providers.admin.told.clear();
  socket.send(SILENCE_100_MS);
  socket.send(await speech('block my card'));
  for (let i = 0; i < 2; i++) socket.send(SILENCE_100_MS);
  const next = await until((message) => message !== final && message.is_final === true);
  expect(transcript(next)).toBe('Block my card.');
});
