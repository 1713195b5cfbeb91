import { once } from 'node:events';
import { decodeG711, PCMU } from '@patchbay/common/g711';
import { silentLogger } from '@patchbay/common/logger';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { resample } from '../audio/resample.ts';
import { decodeWav } from '../audio/wav.ts';
import { replyGrammar } from '../speech/grammars.ts';
import { recognize } from '../speech/pocketsphinx.ts';
import { startProviders, type Providers } from './start-providers.ts';

interface Message {
  type: string;
  context_id: string;
  data?: string;
  word_timestamps?: { words: string[]; start: number[]; end: number[] };
}

const HEADERS = { 'X-API-Key': 'sandbox', 'Cartesia-Version': '2025-04-16' };
const REQUEST = {
  model_id: 'sonic-3',
  voice: { mode: 'id', id: 'f786b574-daa5-4673-aa0c-cbe3e8534c02' },
  output_format: { container: 'raw', encoding: 'pcm_s16le', sample_rate: 16_000 },
  language: 'en',
};

let providers: Providers;
let socket: WebSocket;
let messages: Message[];
beforeEach(async () => {
  providers = await startProviders({ host: '127.0.0.1', port: 0, log: silentLogger() });
  socket = new WebSocket(`${providers.url.replace('http', 'ws')}/tts/websocket`, {
    headers: HEADERS,
  });
  messages = [];
  socket.on('message', (data: Buffer) => messages.push(JSON.parse(data.toString()) as Message));
  await once(socket, 'open');
});
afterEach(async () => {
  socket.terminate();
  await providers.close();
});

function ask(fields: object): void {
  socket.send(JSON.stringify({ ...REQUEST, ...fields }));
}

/** Everything a context sent, once it is done. */
async function whole(contextId: string): Promise<Message[]> {
  const own = () => messages.filter((message) => message.context_id === contextId);
  while (!own().some(({ type }) => type === 'done' || type === 'error'))
    await once(socket, 'message');
  return own();
}

function audioOf(own: readonly Message[]): Buffer {
  return Buffer.concat(own.map(({ data }) => Buffer.from(data ?? '', 'base64')));
}

test('sentences of one context come in order, with times that go on', async () => {
  ask({
    context_id: 'a',
    transcript: 'All services are running. ',
    continue: true,
    add_timestamps: true,
  });
  ask({
    context_id: 'a',
    transcript: 'Thank you for calling. ',
    continue: true,
    add_timestamps: true,
  });
  ask({ context_id: 'a', transcript: ' ', continue: false });
  const own = await whole('a');
  const times = own.flatMap(({ word_timestamps }) => (word_timestamps ? [word_timestamps] : []));
  expect(times.flatMap(({ words }) => words).join(' ')).toBe(
    'All services are running. Thank you for calling.',
  );
  const starts = times.flatMap(({ start }) => start);
  expect(starts).toEqual([...starts].sort((a, b) => a - b));
  const seconds = audioOf(own).length / 2 / 16_000;
  expect(times.at(-1)?.end.at(-1)).toBeLessThan(seconds);
  expect(own.at(-1)).toEqual({ type: 'done', context_id: 'a', done: true, status_code: 200 });
});

test('two contexts on one socket do not disturb each other', async () => {
  ask({ context_id: 'a', transcript: 'All services are running.', continue: false });
  ask({ context_id: 'b', transcript: 'Thank you for calling. Goodbye.', continue: false });
  const [a, b] = await Promise.all([whole('a'), whole('b')]);
  const heard = (own: Message[]) => {
    const bytes = audioOf(own);
    const samples = Int16Array.from({ length: bytes.length / 2 }, (_, i) =>
      bytes.readInt16LE(i * 2),
    );
    return recognize(samples, replyGrammar);
  };
  expect(await heard(a)).toBe('all services are running');
  expect(await heard(b)).toBe('thank you for calling goodbye');
});

test('a cancelled context sends nothing more, and its name may be used again', async () => {
  ask({ context_id: 'a', transcript: 'This will never be heard.', continue: true });
  ask({ context_id: 'a', cancel: true });
  ask({ context_id: 'b', transcript: 'Goodbye.', continue: false });
  await whole('b');
  expect(messages.filter(({ context_id }) => context_id === 'a')).toEqual([]);
  ask({ context_id: 'a', transcript: 'Goodbye.', continue: false });
  expect((await whole('a')).at(-1)?.type).toBe('done');
});

test('a cut breaks the connection after the first audio', async () => {
  providers.admin.faults.set({ provider: 'cartesia', cut: true });
  ask({ context_id: 'a', transcript: 'All services are running.', continue: false });
  expect((await once(socket, 'close'))[0]).toBe(1006);
  expect(messages.map(({ type }) => type)).toEqual(['chunk']);
});

test.each([
  ['wav', { container: 'wav', encoding: 'pcm_s16le', sample_rate: 16_000 }],
  ['mu-law', { container: 'raw', encoding: 'pcm_mulaw', sample_rate: 8_000 }],
])('POST /tts/bytes gives the whole sentence as %s', async (kind, format) => {
  const body = { ...REQUEST, output_format: format, transcript: 'Thank you for calling. Goodbye.' };
  const init = { method: 'POST', headers: HEADERS, body: JSON.stringify(body) };
  const response = await fetch(`${providers.url}/tts/bytes`, init);
  const bytes = new Uint8Array(await response.arrayBuffer());
  const samples =
    kind === 'wav'
      ? decodeWav(bytes).channels[0]!
      : resample(decodeG711(PCMU, bytes), 8_000, 16_000);
  expect(await recognize(samples, replyGrammar)).toBe('thank you for calling goodbye');
});

test('POST /tts/bytes without words, key or version is refused', async () => {
  const post = async (body: object, headers: Record<string, string>) => {
    const init = { method: 'POST', headers, body: JSON.stringify({ ...REQUEST, ...body }) };
    return (await fetch(`${providers.url}/tts/bytes`, init)).status;
  };
  expect(await post({ transcript: ' ' }, HEADERS)).toBe(400);
  expect(await post({ transcript: 'yes' }, { 'Cartesia-Version': '2025-04-16' })).toBe(401);
  expect(await post({ transcript: 'yes' }, { 'X-API-Key': 'sandbox' })).toBe(400);
});
