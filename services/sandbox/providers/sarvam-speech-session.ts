import { randomUUID } from 'node:crypto';
import type { Logger } from '@patchbay/common/logger';
import type { RawData, WebSocket } from 'ws';
import { faultOf } from './cartesia-schema.ts';
import { suffer, type Fault } from './faults.ts';
import { GARBAGE, type ProviderContext } from './provider.ts';
import { sarvamCode, sendTo } from './sarvam-api.ts';
import { encodeSarvam, speakSarvam } from './sarvam-audio.ts';
import { sarvamSocketSchema, type SarvamVoice } from './sarvam-schema.ts';

/** Audio in one message. */
const CHUNK_MS = 100;
/** The service ends a socket on which nothing came for a minute. */
const IDLE_LIMIT_MS = 60_000;

export interface SarvamSpeechOptions {
  socket: WebSocket;
  /** Whether the client wants to be told that all was said. */
  completionEvent: boolean;
  defaultRateHz: number;
  context: ProviderContext;
  log: Logger;
}

/**
 * One `WS /text-to-speech/ws` connection: a configuration, then texts, which are spoken as they come;
 * `flush` says that nothing may be kept back and is answered, if wished, with the event `final`.
 */
export class SarvamSpeechSession {
  readonly #options: SarvamSpeechOptions;
  readonly #gone = new AbortController();
  readonly #requestId = randomUUID();
  #voice: SarvamVoice | undefined;
  #fault: Fault | undefined;
  #work: Promise<void> = Promise.resolve();
  #idleTimer: NodeJS.Timeout | undefined;

  constructor(options: SarvamSpeechOptions) {
    this.#options = options;
    const { socket } = options;
    socket.on('message', (data: RawData) => this.#onMessage(data));
    socket.on('close', () => {
      clearTimeout(this.#idleTimer);
      this.#gone.abort();
    });
    this.#armIdle();
  }

  #onMessage(data: RawData): void {
    this.#armIdle();
    const message = sarvamSocketSchema.safeParse(parseJson(data));
    if (!message.success) return this.#refuse(422, faultOf(message.error));
    switch (message.data.type) {
      case 'config':
        this.#voice = message.data.data;
        return;
      case 'text': {
        const { text } = message.data.data;
        const voice = this.#voice;
        if (!voice) return this.#refuse(422, 'the first message must be of type config');
        return this.#queue(() => this.#say(text, voice));
      }
      case 'flush':
        return this.#queue(() => this.#finish());
      case 'ping':
    }
  }

  async #say(text: string, voice: SarvamVoice): Promise<void> {
    const { context, defaultRateHz, socket } = this.#options;
    context.counts.add('sarvam', 'generations');
    const fault = (this.#fault ??= context.faults.take('sarvam'));
    if (!(await suffer(fault, this.#gone.signal))) return this.#gone.abort();
    if (fault?.status !== undefined) return this.#refuse(fault.status, 'a fault was asked for');
    if (fault?.garbage) {
      this.#gone.abort();
      return void socket.send(GARBAGE);
    }
    const sampleRateHz = voice.speech_sample_rate ?? defaultRateHz;
    const codec = voice.output_audio_codec ?? 'wav';
    const language = voice.language_code ?? voice.target_language_code ?? 'en-IN';
    const samples = await speakSarvam({ text, language, sampleRateHz });
    const chunk = (sampleRateHz * CHUNK_MS) / 1000;
    for (let at = 0; at < samples.length; at += chunk) {
      if (this.#gone.signal.aborted) return;
      const audio = encodeSarvam(samples.subarray(at, at + chunk), codec, sampleRateHz);
      sendTo(socket, {
        type: 'audio',
        data: {
          content_type: codec === 'wav' ? 'audio/wav' : 'audio/pcm',
          audio: audio.toString('base64'),
          request_id: this.#requestId,
        },
      });
      if (fault?.cut) return socket.terminate();
    }
  }

  #finish(): void {
    if (!this.#options.completionEvent) return;
    const data = { event_type: 'final', timestamp: new Date().toISOString() };
    sendTo(this.#options.socket, { type: 'event', data });
  }

  #refuse(status: number, message: string): void {
    this.#options.log.warn({ status, reason: message }, 'generation refused');
    this.#options.context.counts.add('sarvam', 'refused');
    const data = { message, code: sarvamCode(status), request_id: this.#requestId };
    sendTo(this.#options.socket, { type: 'error', data });
  }

  #queue(step: () => Promise<void> | void): void {
    this.#work = this.#work
      .then(() => (this.#gone.signal.aborted ? undefined : step()))
      .catch((error: unknown) => {
        if (this.#gone.signal.aborted) return;
        this.#options.log.error({ err: error }, 'speaking failed');
        this.#refuse(500, 'speaking failed');
      });
  }

  #armIdle(): void {
    clearTimeout(this.#idleTimer);
    this.#idleTimer = setTimeout(() => this.#options.socket.close(1000), IDLE_LIMIT_MS);
  }
}

function parseJson(data: RawData): unknown {
  try {
    return JSON.parse(Buffer.isBuffer(data) ? data.toString('utf8') : '') as unknown;
  } catch {
    return undefined;
  }
}
