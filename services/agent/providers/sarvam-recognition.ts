import { APIConnectionError, APIStatusError, AudioByteStream, stt } from '@livekit/agents';
import { WebSocket, type RawData } from 'ws';
import { z } from 'zod';

const SAMPLE_RATE_HZ = 16_000;
const CHUNK_SAMPLES = SAMPLE_RATE_HZ / 20;
/** What the service calls a piece of raw samples, whatever `input_audio_codec` says. */
const ENCODING = 'audio/wav';

const messageSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('events'),
    data: z.looseObject({ signal_type: z.string() }),
  }),
  z.object({
    type: z.literal('data'),
    data: z.looseObject({ transcript: z.string(), language_code: z.string().nullish() }),
  }),
  z.object({ type: z.literal('error'), data: z.looseObject({}).optional() }),
]);

export interface SarvamRecognitionOptions {
  apiKey: string;
  /** `http` or `https`; the socket's address is made from it. */
  baseUrl: string;
  /** For example `hi-IN`. */
  languageCode: string;
  model: string;
}

/**
 * Sarvam's streaming recognition
 * (https://docs.sarvam.ai/api-reference-docs/speech-to-text/transcribe/ws). The framework's plugin
 * knows one address only and tries 32 times by itself before it tells of a failure; this one tells
 * at once, so that another provider can hear the same words.
 */
export class SarvamRecognition extends stt.STT {
  override label = 'SarvamRecognition';
  readonly #options: SarvamRecognitionOptions;

  constructor(options: SarvamRecognitionOptions) {
    super({ streaming: true, interimResults: false, alignedTranscript: false });
    this.#options = options;
  }

  override get model(): string {
    return this.#options.model;
  }

  override get provider(): string {
    return 'sarvam';
  }

  override stream(options?: Parameters<stt.STT['stream']>[0]): stt.SpeechStream {
    return new SarvamStream(this, this.#options, options?.connOptions);
  }

  override _recognize(): Promise<stt.SpeechEvent> {
    return Promise.reject(new Error('speech is heard with stream()'));
  }
}

class SarvamStream extends stt.SpeechStream {
  override label = 'SarvamStream';
  readonly #options: SarvamRecognitionOptions;
  #speaking = false;

  constructor(
    recognition: SarvamRecognition,
    options: SarvamRecognitionOptions,
    connOptions: ConstructorParameters<typeof stt.SpeechStream>[2],
  ) {
    super(recognition, SAMPLE_RATE_HZ, connOptions);
    this.#options = options;
  }

  protected async run(): Promise<void> {
    const { apiKey } = this.#options;
    const socket = new WebSocket(addressOf(this.#options), {
      headers: { 'api-subscription-key': apiKey },
    });
    const over = Promise.withResolvers<void>();
    // Nobody waits for it while the socket still connects.
    over.promise.catch(() => undefined);
    const onAbort = () => over.resolve();
    this.abortSignal.addEventListener('abort', onAbort);
    let ended = false;
    socket.on('unexpected-response', (_request, { statusCode = 500 }) =>
      over.reject(failure(statusCode)),
    );
    socket.on('error', (error) => over.reject(new APIConnectionError({ message: error.message })));
    socket.on('close', () => {
      if (ended) return over.resolve();
      over.reject(new APIConnectionError({ message: 'the connection closed unexpectedly' }));
    });
    socket.on('message', (data) => {
      try {
        this.#onMessage(data);
      } catch (error) {
        over.reject(error);
      }
    });
    try {
      await Promise.race([opened(socket), over.promise]);
      const sent = this.#send(socket).then(() => {
        ended = true;
      });
      await Promise.race([sent, over.promise]);
      // What was said last is still to be recognised.
      if (ended) await over.promise;
    } finally {
      this.abortSignal.removeEventListener('abort', onAbort);
      ended = true;
      socket.terminate();
    }
  }

  async #send(socket: WebSocket): Promise<void> {
    const chunks = new AudioByteStream(SAMPLE_RATE_HZ, 1, CHUNK_SAMPLES);
    const send = (message: object) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
    };
    const audio = (data: string) => ({ data, encoding: ENCODING, sample_rate: SAMPLE_RATE_HZ });
    for await (const item of this.input) {
      const flush = typeof item === 'symbol';
      for (const { data } of flush ? chunks.flush() : chunks.write(item.data)) {
        const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
        send({ audio: audio(bytes.toString('base64')) });
      }
      if (flush) send({ type: 'flush' });
    }
    send({ type: 'end_of_stream', audio: audio('') });
    // The service has no word for its end.
    socket.close();
  }

  /** @throws SyntaxError for what is no JSON; messages that it doesn't know are let pass */
  #onMessage(data: RawData): void {
    const text = Buffer.isBuffer(data) ? data.toString('utf8') : '';
    const message = messageSchema.safeParse(JSON.parse(text));
    if (!message.success) return;
    switch (message.data.type) {
      case 'error':
        throw failure(statusOf(message.data.data));
      case 'events':
        if (message.data.data.signal_type === 'START_SPEECH') this.#setSpeaking(true);
        if (message.data.data.signal_type === 'END_SPEECH') this.#setSpeaking(false);
        return;
      case 'data': {
        const { transcript, language_code: language } = message.data.data;
        if (transcript === '') return;
        this.#put({
          type: stt.SpeechEventType.FINAL_TRANSCRIPT,
          alternatives: [
            {
              text: transcript,
              language: (language ?? this.#options.languageCode) as stt.SpeechData['language'],
              startTime: 0,
              endTime: 0,
              confidence: 1,
            },
          ],
        });
      }
    }
  }

  #setSpeaking(speaking: boolean): void {
    if (speaking === this.#speaking) return;
    this.#speaking = speaking;
    const { START_OF_SPEECH, END_OF_SPEECH } = stt.SpeechEventType;
    this.#put({ type: speaking ? START_OF_SPEECH : END_OF_SPEECH });
  }

  #put(event: stt.SpeechEvent): void {
    if (!this.queue.closed) this.queue.put(event);
  }
}

function addressOf({ baseUrl, model, languageCode }: SarvamRecognitionOptions): URL {
  const url = new URL(`${baseUrl.replace(/\/+$/, '').replace(/^http/, 'ws')}/speech-to-text/ws`);
  url.search = new URLSearchParams({
    model,
    'language-code': languageCode,
    mode: 'transcribe',
    vad_signals: 'true',
    sample_rate: String(SAMPLE_RATE_HZ),
    input_audio_codec: 'pcm_s16le',
  }).toString();
  return url;
}

function opened(socket: WebSocket): Promise<void> {
  return new Promise((resolve) => socket.once('open', () => resolve()));
}

function failure(statusCode: number): APIStatusError {
  return new APIStatusError({
    message: `the service answered with status ${statusCode}`,
    options: { statusCode, retryable: false },
  });
}

/** The service tells an HTTP status in words, for example `rate_limit_exceeded_error`. */
function statusOf(data: Readonly<Record<string, unknown>> | undefined): number {
  const code = JSON.stringify(data?.['code'] ?? '');
  if (/rate_limit|quota/.test(code)) return 429;
  return /api_key/.test(code) ? 403 : 500;
}
