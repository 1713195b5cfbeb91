import { randomUUID } from 'node:crypto';
import type { Logger } from '@patchbay/common/logger';
import type { RawData, WebSocket } from 'ws';
import { z } from 'zod';
import { Resampler } from '../audio/resample.ts';
import { decodeWav } from '../audio/wav.ts';
import { callerGrammarFor } from '../speech/caller-grammar.ts';
import { Recognition, RECOGNISER_RATE_HZ } from '../speech/recognition.ts';
import { faultOf } from './cartesia-schema.ts';
import { Endpointer, type EndpointEvent } from './endpointer.ts';
import { suffer, type Fault } from './faults.ts';
import { GARBAGE, type ProviderContext } from './provider.ts';
import { sarvamCode, sendTo } from './sarvam-api.ts';
import { asSentence } from './sentence.ts';

/** Silence that ends an utterance. */
const END_SILENCE_MS = 300;
const LEVEL_AFTER_MS = 300;

const messageSchema = z.union([
  z.object({ type: z.enum(['flush', 'end_of_stream']) }),
  z.object({ type: z.literal('config'), prompt: z.string() }),
  z.object({
    audio: z.object({
      data: z.string(),
      encoding: z.string(),
      sample_rate: z.union([z.literal(8_000), z.literal(16_000)]),
    }),
  }),
]);

export interface SarvamListenOptions {
  socket: WebSocket;
  language: string;
  sampleRateHz: number;
  /** Whether each message of audio is a WAV file. */
  wav: boolean;
  vadSignals: boolean;
  context: ProviderContext;
  log: Logger;
}

/** One `WS /speech-to-text/ws` connection: audio in, one transcript for each utterance out. */
export class SarvamListenSession {
  readonly #options: SarvamListenOptions;
  readonly #gone = new AbortController();
  readonly #requestId = randomUUID();
  readonly #endpointer = new Endpointer({
    sampleRateHz: RECOGNISER_RATE_HZ,
    endSilenceMs: END_SILENCE_MS,
    pauseMs: END_SILENCE_MS - 10,
    preRollMs: 50,
    maxUtteranceMs: 15_000,
  });
  readonly #resampler: Resampler | undefined;
  #recognition: Recognition | undefined;
  #fault: Fault | undefined;
  #outbox: Promise<void> = Promise.resolve();

  constructor(options: SarvamListenOptions) {
    this.#options = options;
    if (options.sampleRateHz !== RECOGNISER_RATE_HZ) {
      this.#resampler = new Resampler(options.sampleRateHz, RECOGNISER_RATE_HZ);
    }
    options.socket.on('message', (data: RawData) => this.#onMessage(data));
    options.socket.on('close', () => {
      this.#gone.abort();
      this.#recognition?.cancel();
    });
  }

  #onMessage(data: RawData): void {
    const message = messageSchema.safeParse(parseJson(data));
    if (!message.success) return this.#refuse(422, faultOf(message.error));
    // A message of the end carries an empty piece of audio too.
    if ('type' in message.data) {
      if (message.data.type !== 'config') this.#finish();
      return;
    }
    const samples = this.#samplesOf(Buffer.from(message.data.audio.data, 'base64'));
    if (!samples) return this.#refuse(400, 'audio.data: not a WAV file');
    const heard = this.#resampler ? this.#resampler.push(samples) : samples;
    for (const event of this.#endpointer.push(heard)) this.#onEndpointEvent(event);
  }

  #samplesOf(bytes: Buffer): Int16Array | undefined {
    if (this.#options.wav) {
      try {
        return decodeWav(bytes).channels[0];
      } catch {
        return undefined;
      }
    }
    const samples = new Int16Array(bytes.length >> 1);
    for (let i = 0; i < samples.length; i++) samples[i] = bytes.readInt16LE(i * 2);
    return samples;
  }

  #onEndpointEvent(event: EndpointEvent): void {
    switch (event.type) {
      case 'started':
        this.#options.context.counts.add('sarvam-stt', 'utterances');
        this.#fault = this.#options.context.faults.take('sarvam-stt');
        this.#recognition = new Recognition(
          callerGrammarFor(this.#options.language),
          LEVEL_AFTER_MS,
        );
        return this.#signal('START_SPEECH');
      case 'audio':
        return this.#recognition?.push(event.samples);
      case 'paused':
        return;
      case 'resumed':
        // What was held back during the pause; the rest the recogniser has.
        return this.#recognition?.push(event.soFar.at(-1) ?? new Int16Array(0));
      case 'ended':
        return this.#complete(event.utterance.endMs - event.utterance.startMs);
    }
  }

  #finish(): void {
    const utterance = this.#endpointer.finish();
    if (utterance) this.#complete(utterance.endMs - utterance.startMs);
  }

  #complete(durationMs: number): void {
    const { socket, language, log } = this.#options;
    const startedMs = performance.now();
    const result = this.#recognition?.finish();
    // A fault may also come while the caller speaks.
    const fault = this.#fault ?? this.#options.context.faults.take('sarvam-stt');
    this.#recognition = undefined;
    this.#fault = undefined;
    this.#outbox = this.#outbox
      .then(async () => {
        if (fault?.cut) return socket.terminate();
        if (!(await suffer(fault, this.#gone.signal))) return;
        if (fault?.status !== undefined) return this.#refuse(fault.status, 'a fault was asked for');
        if (fault?.garbage) return socket.send(GARBAGE);
        const heard = await result;
        sendTo(socket, {
          type: 'data',
          data: {
            request_id: this.#requestId,
            transcript: asSentence(heard?.text ?? ''),
            language_code: language === 'unknown' ? 'en-IN' : language,
            metrics: {
              audio_duration: durationMs / 1000,
              processing_latency: (performance.now() - startedMs) / 1000,
            },
          },
        });
        // After the transcript, or the plugin takes it for the next utterance's.
        this.#send('END_SPEECH');
      })
      .catch((error: unknown) => {
        if (this.#gone.signal.aborted) return;
        log.error({ err: error }, 'recognition failed');
        this.#refuse(500, 'recognition failed');
      });
  }

  #signal(signal: 'START_SPEECH' | 'END_SPEECH'): void {
    this.#outbox = this.#outbox.then(() => this.#send(signal));
  }

  #send(signal: 'START_SPEECH' | 'END_SPEECH'): void {
    if (!this.#options.vadSignals) return;
    const data = { event_type: 'VAD', signal_type: signal, occured_at: Date.now() / 1000 };
    sendTo(this.#options.socket, { type: 'events', data });
  }

  #refuse(status: number, message: string): void {
    this.#options.log.warn({ status, reason: message }, 'audio refused');
    this.#options.context.counts.add('sarvam-stt', 'refused');
    const data = { error: message, code: sarvamCode(status), request_id: this.#requestId };
    sendTo(this.#options.socket, { type: 'error', data });
  }
}

function parseJson(data: RawData): unknown {
  try {
    return JSON.parse(Buffer.isBuffer(data) ? data.toString('utf8') : '') as unknown;
  } catch {
    return undefined;
  }
}
