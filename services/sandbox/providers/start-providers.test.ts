import { once } from 'node:events';
import { silentLogger } from '@patchbay/common/logger';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { loadProvidersConfig } from './config.ts';
import { startProviders, type Providers } from './start-providers.ts';

let providers: Providers;
const sockets: WebSocket[] = [];
beforeEach(async () => {
  providers = await startProviders({ host: '127.0.0.1', port: 0, log: silentLogger() });
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.terminate();
  await providers.close();
});

const LISTEN = '/v1/listen?model=nova-3&encoding=linear16&sample_rate=16000';
const TTS = '/tts/websocket';
const DEEPGRAM_KEY = { Authorization: 'Token sandbox' };
const CARTESIA_KEY = { 'X-API-Key': 'sandbox', 'Cartesia-Version': '2025-04-16' };

function connect(path: string, headers: Record<string, string>): WebSocket {
  const socket = new WebSocket(providers.url.replace('http', 'ws') + path, { headers });
  sockets.push(socket);
  return socket;
}

/** How a handshake was refused. */
async function refusal(path: string, headers: Record<string, string>) {
  const socket = connect(path, headers);
  socket.on('error', () => undefined);
  const [, response] = (await once(socket, 'unexpected-response')) as [unknown, Response];
  const chunks: Buffer[] = [];
  for await (const chunk of response as unknown as AsyncIterable<Buffer>) chunks.push(chunk);
  const status = (response as unknown as { statusCode: number }).statusCode;
  return { status, body: JSON.parse(Buffer.concat(chunks).toString()) as unknown };
}

async function open(path: string, headers: Record<string, string>): Promise<WebSocket> {
  const socket = connect(path, headers);
  await once(socket, 'open');
  return socket;
}

async function nextMessage(socket: WebSocket): Promise<unknown> {
  const [data] = (await once(socket, 'message')) as [Buffer];
  return JSON.parse(data.toString());
}

async function post(path: string, body: string, headers: Record<string, string> = {}) {
  const response = await fetch(providers.url + path, { method: 'POST', body, headers });
  return { status: response.status, body: await response.json() };
}

describe('Deepgram stand-in', () => {
  test.each([
    ['no key', LISTEN, {}, 401, 'Invalid credentials.'],
    ['a wrong key', LISTEN, { Authorization: 'Token nope' }, 401, 'Invalid credentials.'],
    [
      'no encoding',
      '/v1/listen?sample_rate=16000',
      DEEPGRAM_KEY,
      400,
      'Bad Request: encoding: the stand-in takes encoding=linear16 only',
    ],
    [
      'no rate',
      '/v1/listen?encoding=linear16',
      DEEPGRAM_KEY,
      400,
      'Bad Request: sample_rate: must be a number of Hz',
    ],
    [
      'a rate out of range',
      `${LISTEN.slice(0, -5)}4000`,
      DEEPGRAM_KEY,
      400,
      'Bad Request: sample_rate: must be at least 8000',
    ],
    [
      'an unknown model',
      LISTEN.replace('nova-3', 'parrot'),
      DEEPGRAM_KEY,
      400,
      'Bad Request: model: No such model/language/tier combination found.',
    ],
    [
      'another language',
      `${LISTEN}&language=fr`,
      DEEPGRAM_KEY,
      400,
      'Bad Request: language: No such model/language/tier combination found.',
    ],
    [
      'an utterance end without interim results',
      `${LISTEN}&utterance_end_ms=1000`,
      DEEPGRAM_KEY,
      400,
      'Bad Request: utterance_end_ms: needs interim_results=true',
    ],
  ])('a connection with %s is refused', async (_, path, headers, status, message) => {
    const refused = await refusal(path, headers);
    expect(refused).toMatchObject({ status, body: { err_msg: message } });
  });

  test('a message that is no JSON closes the connection as a client fault', async () => {
    const socket = await open(LISTEN, DEEPGRAM_KEY);
    socket.send('{"type":');
    expect((await once(socket, 'close'))[0]).toBe(1008);
  });

  test('a message that is far too long closes the connection', async () => {
    const socket = await open(LISTEN, DEEPGRAM_KEY);
    socket.send(Buffer.alloc(1_000_001));
    expect((await once(socket, 'close'))[0]).toBe(1009);
  });

  test('CloseStream is answered with the metadata, then the connection closes', async () => {
    const socket = await open(LISTEN, DEEPGRAM_KEY);
    // An odd number of bytes: half a sample is kept for the next message.
    socket.send(Buffer.alloc(16_001));
    socket.send(JSON.stringify({ type: 'KeepAlive' }));
    socket.send(JSON.stringify({ type: 'CloseStream' }));
    expect(await nextMessage(socket)).toMatchObject({
      type: 'Metadata',
      duration: 0.5,
      channels: 1,
    });
    expect((await once(socket, 'close'))[0]).toBe(1000);
  });

  test('Finalize without speech is answered with an empty final result', async () => {
    const socket = await open(LISTEN, DEEPGRAM_KEY);
    socket.send(JSON.stringify({ type: 'Finalize' }));
    expect(await nextMessage(socket)).toMatchObject({
      type: 'Results',
      is_final: true,
      from_finalize: true,
      channel: { alternatives: [{ transcript: '', words: [] }] },
      metadata: { request_id: expect.any(String) as unknown },
    });
  });
});

describe('OpenAI stand-in', () => {
  const BEARER = { Authorization: 'Bearer sandbox' };
  const CHAT = '/v1/chat/completions';

  test.each([
    ['no JSON', '{', 400, { type: 'invalid_request_error' }],
    ['no object', '7', 400, { param: '' }],
    ['no model', '{"messages":[{"role":"user","content":"hi"}]}', 400, { param: 'model' }],
    [
      'an unknown role',
      '{"model":"gpt-4.1","messages":[{"role":"king","content":"hi"}]}',
      400,
      { param: 'messages.0.role' },
    ],
    ['a huge body', `"${'x'.repeat(1_000_001)}"`, 413, { type: 'invalid_request_error' }],
  ])('a request with %s is refused in OpenAI’s words', async (_, body, status, error) => {
    expect(await post(CHAT, body, BEARER)).toMatchObject({ status, body: { error } });
  });

  test('without a key nothing is served, and the error does not repeat a wrong one', async () => {
    expect(await post(CHAT, '{}')).toMatchObject({ status: 401 });
    const wrong = await post(CHAT, '{}', { Authorization: 'Bearer sk-very-secret-key' });
    expect(wrong).toMatchObject({ status: 401, body: { error: { code: 'invalid_api_key' } } });
    expect(JSON.stringify(wrong.body)).not.toContain('very-secret');
  });

  test('an unknown page is an error in its form', async () => {
    expect(await post('/v1/poems', '{}', BEARER)).toMatchObject({
      status: 404,
      body: { error: { message: 'Invalid URL (POST /v1/poems)', code: 'unknown_url' } },
    });
  });
});

describe('Cartesia stand-in', () => {
  const request = {
    model_id: 'sonic-3',
    voice: { mode: 'id', id: 'f786b574-daa5-4673-aa0c-cbe3e8534c02' },
    output_format: { container: 'raw', encoding: 'pcm_s16le', sample_rate: 24_000 },
    language: 'en',
    context_id: 'c1',
    transcript: ' ',
    continue: false,
  };

  test.each([
    ['no key', { 'Cartesia-Version': '2025-04-16' }, 401],
    ['a wrong key', { ...CARTESIA_KEY, 'X-API-Key': 'nope' }, 401],
    ['no version', { 'X-API-Key': 'sandbox' }, 400],
  ])('a connection with %s is refused', async (_, headers, status) => {
    expect(await refusal(TTS, headers)).toMatchObject({ status });
  });

  test.each([
    ['another model', { model_id: 'parrot' }, 'model_id: must be a sonic model'],
    ['a voice that can be none', { voice: { mode: 'id', id: 'bob' } }, 'voice.id: must be a UUID'],
    [
      'an odd rate',
      { output_format: { ...request.output_format, sample_rate: 1 } },
      'output_format.sample_rate: must be one of 8000, 16000, 22050, 24000, 44100, 48000',
    ],
    ['nothing to say', {}, 'No valid transcripts passed'],
  ])('a generation with %s is answered with an error for its context', async (_, change, error) => {
    const socket = await open(TTS, CARTESIA_KEY);
    socket.send(JSON.stringify({ ...request, ...change }));
    expect(await nextMessage(socket)).toEqual({
      type: 'error',
      context_id: 'c1',
      done: true,
      status_code: 400,
      error,
    });
  });

  test('a message that is no JSON is answered with an error, and the connection lives on', async () => {
    const socket = await open(TTS, CARTESIA_KEY);
    socket.send('hello?');
    expect(await nextMessage(socket)).toMatchObject({
      type: 'error',
      status_code: 400,
      context_id: '',
    });
    socket.send(JSON.stringify({ ...request, continue: true, flush: true }));
    expect(await nextMessage(socket)).toMatchObject({
      type: 'flush_done',
      flush_done: true,
      flush_id: 1,
    });
  });

  test('a message that is far too long closes the connection', async () => {
    const socket = await open(TTS, CARTESIA_KEY);
    socket.send('x'.repeat(100_001));
    expect((await once(socket, 'close'))[0]).toBe(1009);
  });
});

describe('faults', () => {
  test('are set, listed and cleared over HTTP', async () => {
    const set = await post('/admin/faults', '{"provider":"openai","status":503,"times":1}');
    expect(set).toMatchObject({
      status: 200,
      body: { provider: 'openai', status: 503, delayMs: 0 },
    });
    const chat = JSON.stringify({
      model: 'gpt-4.1',
      messages: [{ role: 'user', content: 'hello' }],
    });
    const bearer = { Authorization: 'Bearer sandbox' };
    expect(await post('/v1/chat/completions', chat, bearer)).toMatchObject({ status: 503 });
    expect(await post('/v1/chat/completions', chat, bearer)).toMatchObject({ status: 200 });
    const counts = await (await fetch(`${providers.url}/admin/requests`)).json();
    expect(counts).toMatchObject({ openai: { completions: 2, refused: 1 } });
    await post('/admin/faults', '{"provider":"deepgram","hang":true}');
    await fetch(`${providers.url}/admin/faults`, { method: 'DELETE' });
    expect(providers.admin.faults.list()).toEqual([]);
  });

  test.each([
    ['{"provider":"acme"}', /provider: /],
    ['{"provider":"openai","delayMs":-1}', /delayMs: /],
    ['{"provider":"openai","explode":true}', /explode/],
    ['nonsense', /\(body\): /],
  ])('%s is refused, naming the field', async (body, error) => {
    expect(await post('/admin/faults', body)).toMatchObject({
      status: 400,
      body: { error: expect.stringMatching(error) as unknown },
    });
  });

  test('words that callers will say are told over HTTP, and refused by their field', async () => {
    const told = { text: 'good evening', speechMs: 700 };
    expect(await post('/admin/told-words', JSON.stringify(told))).toMatchObject({ status: 200 });
    expect(providers.admin.told.next()?.heard.text).toBe('good evening');
    await fetch(`${providers.url}/admin/told-words`, { method: 'DELETE' });
    expect(providers.admin.told.next()).toBeUndefined();
    expect(await post('/admin/told-words', '{"text":"good evening"}')).toMatchObject({
      status: 400,
      body: { error: expect.stringMatching(/^told words: speechMs: /) as unknown },
    });
  });

  test('a status refuses new Deepgram and Cartesia connections', async () => {
    providers.admin.faults.set({ provider: 'deepgram', status: 429 });
    providers.admin.faults.set({ provider: 'cartesia', status: 402 });
    expect(await refusal(LISTEN, DEEPGRAM_KEY)).toMatchObject({ status: 429 });
    expect(await refusal(TTS, CARTESIA_KEY)).toMatchObject({ status: 402 });
  });

  test('a hanging request does not keep the server from closing', async () => {
    providers.admin.faults.set({ provider: 'openai', hang: true });
    const body = JSON.stringify({
      model: 'gpt-4.1',
      messages: [{ role: 'user', content: 'hello' }],
    });
    const headers = { Authorization: 'Bearer sandbox' };
    const asking = fetch(`${providers.url}/v1/chat/completions`, { method: 'POST', body, headers });
    asking.catch(() => undefined);
    while (providers.admin.counts.get('openai', 'completions') === 0) {
      await new Promise(setImmediate);
    }
    await providers.close();
    await expect(asking).rejects.toThrow();
  });
});

test('it listens on loopback only', async () => {
  const starting = startProviders({ host: '0.0.0.0', port: 0, log: silentLogger() });
  await expect(starting).rejects.toThrow('listen on loopback only');
});

test('other pages and sockets are not there', async () => {
  expect(await post('/', '{}')).toEqual({
    status: 404,
    body: { error: 'not served here: POST /' },
  });
  expect(await refusal('/v2/listen', DEEPGRAM_KEY)).toMatchObject({ status: 404 });
});

test('a port that is none is named in the configuration fault', () => {
  expect(() => loadProvidersConfig({ PROVIDERS_PORT: 'x' })).toThrow(
    /PROVIDERS_PORT: must be a port/,
  );
});
