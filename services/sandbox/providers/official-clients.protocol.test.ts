import { setTimeout as sleep } from 'node:timers/promises';
import Cartesia from '@cartesia/cartesia-js';
import { DeepgramClient } from '@deepgram/sdk';
import { silentLogger } from '@patchbay/common/logger';
import Groq from 'groq-sdk';
import { OpenAI, toFile } from 'openai';
import { SarvamAIClient } from 'sarvamai';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { resample } from '../audio/resample.ts';
import { decodeWav, encodeWav } from '../audio/wav.ts';
import { speak } from '../speech/espeak.ts';
import { replyGrammar } from '../speech/grammars.ts';
import { recognize } from '../speech/pocketsphinx.ts';
import { startProviders, type Providers } from './start-providers.ts';

const QUESTION = 'what is my account balance';
const REPLY = 'Your account balance is two thousand four hundred fifty dollars.';
const RATE_HZ = 16_000;

let providers: Providers;
beforeAll(async () => {
  providers = await startProviders({ host: '127.0.0.1', port: 0, log: silentLogger() });
});
afterAll(() => providers.close());
afterEach(() => providers.admin.faults.clear());

async function spokenQuestion(): Promise<Int16Array> {
  const speech = await speak(QUESTION, { sampleRateHz: RATE_HZ });
  const padded = new Int16Array(speech.length + RATE_HZ);
  padded.set(speech, RATE_HZ / 4);
  return padded;
}

function bytesOf(samples: Int16Array): Buffer {
  return Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
}

function samplesOf(bytes: Buffer): Int16Array {
  return new Int16Array(new Uint8Array(bytes).buffer);
}

async function understood(samples: Int16Array, rateHz: number): Promise<string> {
  return recognize(resample(samples, rateHz, RATE_HZ), replyGrammar);
}

describe("Deepgram's own client", () => {
  test('hears a question over the stand-in', async () => {
    const client = new DeepgramClient({
      apiKey: 'sandbox',
      environment: {
        base: providers.url,
        production: providers.url.replace('http', 'ws'),
        agent: providers.url,
        agentRest: providers.url,
      },
    });
    const socket = await client.listen.v1.connect({
      Authorization: 'Token sandbox',
      model: 'nova-3',
      encoding: 'linear16',
      sample_rate: RATE_HZ,
      punctuate: 'true',
      reconnectAttempts: 0,
    });
    const finals: string[] = [];
    const done = new Promise<void>((resolve) => {
      socket.on('message', (message) => {
        if (message.type === 'Results' && message.is_final) {
          finals.push(message.channel.alternatives[0]?.transcript ?? '');
        }
        if (message.type === 'Metadata') resolve();
      });
    });
    socket.connect();
    await socket.waitForOpen();
    const question = await spokenQuestion();
    for (let at = 0; at < question.length; at += RATE_HZ / 10) {
      socket.sendMedia(bytesOf(question.slice(at, at + RATE_HZ / 10)));
      await sleep(10);
    }
    socket.sendCloseStream({ type: 'CloseStream' });
    await done;
    socket.close();
    expect(finals).toContain('What is my account balance?');
  });
});

describe("OpenAI's own client, for transcriptions,", () => {
  const client = (apiKey = 'sandbox', headers: Record<string, string> = {}) =>
    new OpenAI({
      apiKey,
      baseURL: `${providers.url}/v1`,
      maxRetries: 0,
      defaultHeaders: headers,
    });
  const file = async (name = 'audio.wav') =>
    toFile(encodeWav({ sampleRateHz: RATE_HZ, channels: [await spokenQuestion()] }), name);

  test('hears a question', async () => {
    const heard = await client().audio.transcriptions.create({
      file: await file(),
      model: 'whisper-1',
      language: 'en',
    });
    expect(heard.text).toBe('What is my account balance?');
  });

  test.each([
    ['a wrong key', { apiKey: 'sk-wrong' }, { status: 401, code: 'invalid_api_key' }],
    ['a model that is none', { model: 'parrot' }, { status: 404, code: 'model_not_found' }],
    ['a language in another form', { language: 'en-US' }, { status: 400, param: 'language' }],
    ['a file that is no WAV', { name: 'audio.mp3' }, { status: 400, param: 'file' }],
  ])('is refused with %s', async (_, change, error) => {
    const { apiKey, model = 'whisper-1', language = 'en', name } = change as Record<string, string>;
    const asking = client(apiKey).audio.transcriptions.create({
      file: await file(name),
      model,
      language,
    });
    await expect(asking).rejects.toMatchObject(error);
  });

  test('is refused with a recording that is none or too short', async () => {
    const ask = (bytes: Buffer) =>
      client().audio.transcriptions.create({
        file: new File([new Uint8Array(bytes)], 'audio.wav'),
        model: 'whisper-1',
      });
    await expect(ask(Buffer.from('RIFF?'))).rejects.toMatchObject({ status: 400, param: 'file' });
    const short = encodeWav({ sampleRateHz: RATE_HZ, channels: [new Int16Array(160)] });
    await expect(ask(short)).rejects.toMatchObject({ code: 'audio_too_short' });
  });

  test('meets the faults that are asked for, also by the request itself', async () => {
    const asking = async (headers?: Record<string, string>) =>
      client('sandbox', headers).audio.transcriptions.create({
        file: await file(),
        model: 'whisper-1',
      });
    const header = { 'x-sandbox-fault': JSON.stringify({ status: 429 }) };
    await expect(asking(header)).rejects.toMatchObject({
      status: 429,
      code: 'rate_limit_exceeded',
    });
    providers.admin.faults.set({ provider: 'whisper', cut: true, times: 1 });
    await expect(asking()).rejects.toThrow();
    providers.admin.faults.set({ provider: 'whisper', garbage: true, times: 1 });
    expect((await asking()).text).toBeUndefined();
    expect((await asking()).text).toBe('What is my account balance?');
  });
});

describe("Groq's own client", () => {
  const client = (apiKey = 'sandbox') =>
    new Groq({ apiKey, baseURL: providers.url, maxRetries: 0 });
  const messages = [{ role: 'user' as const, content: 'what is my balance' }];
  const tools = [{ type: 'function' as const, function: { name: 'get_balance' } }];
  const model = 'openai/gpt-oss-120b';

  test('gets a tool call as a stream', async () => {
    const stream = await client().chat.completions.create({ model, messages, tools, stream: true });
    const names: string[] = [];
    for await (const chunk of stream) {
      const call = chunk.choices[0]?.delta.tool_calls?.[0];
      if (call?.function?.name) names.push(call.function.name);
    }
    expect(names).toEqual(['get_balance']);
  });

  test('lists models, and is refused with a wrong key, an OpenAI model or too many requests', async () => {
    const { data } = await client().models.list();
    expect(data.map(({ id }) => id)).toContain(model);
    const ask = (apiKey: string, wanted: string) =>
      client(apiKey).chat.completions.create({ model: wanted, messages });
    await expect(ask('wrong', model)).rejects.toMatchObject({
      status: 401,
      error: { error: { message: 'Invalid API Key', code: 'invalid_api_key' } },
    });
    await expect(ask('sandbox', 'gpt-4.1')).rejects.toMatchObject({ status: 404 });
    providers.admin.faults.set({ provider: 'groq', status: 429, times: 1 });
    await expect(ask('sandbox', model)).rejects.toMatchObject({ status: 429 });
  });
});

// Its socket can't be tried: the client takes wss:// whatever the base URL says.
describe("Cartesia's own client", () => {
  const voice = { mode: 'id' as const, id: 'f786b574-daa5-4673-aa0c-cbe3e8534c02' };
  const rate = 24_000 as const;
  const output_format = {
    container: 'raw' as const,
    encoding: 'pcm_s16le' as const,
    sample_rate: rate,
  };
  const client = (apiKey = 'sandbox') =>
    new Cartesia({ apiKey, baseURL: providers.url, maxRetries: 0 });

  test('speaks in one piece', async () => {
    const body = { model_id: 'sonic-3', transcript: REPLY, voice, output_format };
    const response = await client().tts.generate(body);
    const samples = samplesOf(Buffer.from(await response.arrayBuffer()));
    expect(await understood(samples, rate)).toBe(REPLY.toLowerCase().slice(0, -1));
    await expect(client('wrong').tts.generate(body)).rejects.toMatchObject({ status: 401 });
  });
});

describe("Sarvam's own client", () => {
  const client = (apiSubscriptionKey = 'sandbox') =>
    new SarvamAIClient({
      apiSubscriptionKey,
      maxRetries: 0,
      environment: {
        base: providers.url,
        creative: providers.url,
        production: providers.url.replace('http', 'ws'),
      },
    });

  test('speaks in one piece', async () => {
    const { audios } = await client().textToSpeech.convert({
      text: REPLY,
      language_code: 'en-IN',
      model: 'bulbul:v2',
      speaker: 'anushka',
      speech_sample_rate: 24_000,
    });
    const wav = decodeWav(Buffer.from(audios[0] ?? '', 'base64'));
    expect(wav.sampleRateHz).toBe(24_000);
    expect(await understood(wav.channels[0] ?? new Int16Array(0), 24_000)).toBe(
      REPLY.toLowerCase().slice(0, -1),
    );
  });

  test.each([
    ['a wrong key', 'wrong', {}, { statusCode: 403 }],
    ['too long a text', 'sandbox', { text: 'a '.repeat(751) }, { statusCode: 400 }],
    ['a rate that it has not', 'sandbox', { speech_sample_rate: 11_025 }, { statusCode: 400 }],
    ['a voice of another model', 'sandbox', { speaker: 'shubh' as const }, { statusCode: 400 }],
  ])('is refused with %s', async (_, key, change, error) => {
    const asking = client(key).textToSpeech.convert({
      text: REPLY,
      language_code: 'en-IN',
      model: 'bulbul:v2',
      ...change,
    });
    await expect(asking).rejects.toMatchObject(error);
  });

  test('is told the limit of requests in its own form', async () => {
    providers.admin.faults.set({ provider: 'sarvam', status: 429, times: 1 });
    await expect(
      client().textToSpeech.convert({ text: REPLY, language_code: 'en-IN' }),
    ).rejects.toMatchObject({ body: { error: { code: 'rate_limit_exceeded_error' } } });
  });

  test('speaks over a socket', async () => {
    const socket = await client().textToSpeechStreaming.connect({
      model: 'bulbul:v2',
      send_completion_event: 'true',
      reconnectAttempts: 0,
    });
    await socket.waitForOpen();
    const pieces: Buffer[] = [];
    const done = new Promise<void>((resolve, reject) => {
      socket.on('message', (message) => {
        if (message.type === 'audio') pieces.push(Buffer.from(message.data.audio, 'base64'));
        else if (message.type === 'event') resolve();
        else reject(new Error(JSON.stringify(message)));
      });
    });
    socket.configureConnection({
      type: 'config',
      data: {
        language_code: 'en-IN',
        speaker: 'anushka',
        speech_sample_rate: 16_000,
        output_audio_codec: 'linear16',
      },
    });
    socket.convert(REPLY);
    socket.flush();
    await done;
    socket.close();
    const samples = samplesOf(Buffer.concat(pieces));
    expect(await understood(samples, 16_000)).toBe(REPLY.toLowerCase().slice(0, -1));
  });

  test('hears a question, in one piece and over a socket', async () => {
    const question = await spokenQuestion();
    const wav = encodeWav({ sampleRateHz: RATE_HZ, channels: [question] });
    const whole = await client().speechToText.transcribe({
      file: new File([new Uint8Array(wav)], 'audio.wav'),
      model: 'saaras:v3',
      language_code: 'en-IN',
    });
    expect(whole.transcript).toBe('What is my account balance?');

    const socket = await client().speechToTextStreaming.connect({
      'language-code': 'en-IN',
      model: 'saaras:v3',
      sample_rate: String(RATE_HZ),
      input_audio_codec: 'pcm_s16le',
      vad_signals: 'true',
      reconnectAttempts: 0,
    });
    await socket.waitForOpen();
    const messages: { type: string; data: unknown }[] = [];
    const heard = new Promise<unknown>((resolve, reject) => {
      socket.on('message', (message) => {
        messages.push(message);
        if (message.type === 'data') resolve(message.data);
        if (message.type === 'error') reject(new Error(JSON.stringify(message)));
      });
    });
    for (let at = 0; at < question.length; at += RATE_HZ / 10) {
      const audio = bytesOf(question.slice(at, at + RATE_HZ / 10)).toString('base64');
      socket.transcribe({ audio, sample_rate: RATE_HZ });
      await sleep(10);
    }
    socket.flush();
    expect(await heard).toMatchObject({ transcript: 'What is my account balance?' });
    socket.close();
    expect(messages[0]).toMatchObject({ type: 'events', data: { signal_type: 'START_SPEECH' } });
  });
});
