import type { Logger } from '@patchbay/common/logger';
import type { RawData, WebSocket } from 'ws';
import { z } from 'zod';
import { Resampler } from '../audio/resample.ts';
import type { Grammar } from '../speech/grammar.ts';
import { Recognition, RECOGNISER_RATE_HZ, type Heard } from '../speech/recognition.ts';
import { metadataMessage, resultsMessage, seconds } from './deepgram-messages.ts';
import type { ListenParams } from './deepgram-params.ts';
import { Endpointer, type EndpointEvent, type Utterance } from './endpointer.ts';
import { suffer, type Fault } from './faults.ts';
import { GARBAGE, type ProviderContext } from './provider.ts';
import type { ToldUtterance } from './told-words.ts';

/**
 * Shorter silences are inside sentences: the longest that espeak-ng makes is 100 ms, and G.711 and
 * lost packets stretch it. The real service tells by more than energy and may be asked for less.
 */
const LEAST_END_SILENCE_MS = 160;
/** Where the client never wants `speech_final`, results still have to come some time. */
const SEGMENT_SILENCE_MS = 500;
/** Silence after which the sentence may be over: the result is asked for, to be there in time. */
const PAUSE_MS = 80;
const PRE_ROLL_MS = 50;
/** A level found from so much speech holds for the whole sentence. */
const LEVEL_AFTER_MS = 300;
/** No audio for so long in the middle of an utterance: the microphone was switched off. */
const STALL_MS = 700;
/** The real service's NET-0001: neither audio nor a message for ten seconds. */
const IDLE_LIMIT_MS = 10_000;

const NOTHING_HEARD: Heard = { text: '', words: [] };

const controlSchema = z.object({ type: z.enum(['KeepAlive', 'Finalize', 'CloseStream']) });

export interface ListenSessionOptions {
  socket: WebSocket;
  params: ListenParams;
  requestId: string;
  grammar: Grammar;
  context: ProviderContext;
  log: Logger;
}

/** One `/v1/listen` connection: audio in, results out. */
export class ListenSession {
  readonly #options: ListenSessionOptions;
  readonly #endpointer: Endpointer;
  readonly #resampler: Resampler | undefined;
  readonly #gone = new AbortController();
  /** Messages leave in the order their causes came, however long a recognition takes. */
  #outbox: Promise<void> = Promise.resolve();
  /** Hears the utterance in progress. */
  #recognition: Recognition | undefined;
  /** In its stead, where the words were told beforehand. */
  #told: ToldUtterance | undefined;
  #fault: Fault | undefined;
  #oddByte: Buffer = Buffer.alloc(0);
  #silentSinceMs: number | undefined;
  #stallTimer: NodeJS.Timeout | undefined;
  #idleTimer: NodeJS.Timeout | undefined;

  constructor(options: ListenSessionOptions) {
    this.#options = options;
    const { params, socket } = options;
    const endpointing = params.endpointing === false ? SEGMENT_SILENCE_MS : params.endpointing;
    this.#endpointer = new Endpointer({
      sampleRateHz: RECOGNISER_RATE_HZ,
      endSilenceMs: Math.max(endpointing, LEAST_END_SILENCE_MS),
      pauseMs: PAUSE_MS,
      preRollMs: PRE_ROLL_MS,
      maxUtteranceMs: 15_000,
    });
    if (params.sample_rate !== RECOGNISER_RATE_HZ) {
      this.#resampler = new Resampler(params.sample_rate, RECOGNISER_RATE_HZ);
    }
    socket.on('message', (data: RawData, isBinary: boolean) => this.#onMessage(data, isBinary));
    socket.on('close', () => this.#end());
    this.#armIdle();
  }

  #onMessage(data: RawData, isBinary: boolean): void {
    this.#armIdle();
    const bytes = toBuffer(data);
    if (isBinary) return this.#onAudio(bytes);
    const message = controlSchema.safeParse(parseJson(bytes.toString('utf8')));
    if (!message.success) {
      // DATA-0000 of https://developers.deepgram.com/docs/stt-troubleshooting-websocket-data-and-net-errors
      this.#options.socket.close(1008, 'DATA-0000');
      return;
    }
    switch (message.data.type) {
      case 'KeepAlive':
        return;
      case 'Finalize':
        return this.#finalize(true);
      case 'CloseStream':
        return this.#closeStream();
    }
  }

  #onAudio(bytes: Buffer): void {
    // An empty message is the older way to say CloseStream.
    if (bytes.length === 0) return this.#closeStream();
    const whole = this.#oddByte.length > 0 ? Buffer.concat([this.#oddByte, bytes]) : bytes;
    const even = whole.length & ~1;
    this.#oddByte = whole.subarray(even);
    const samples = new Int16Array(even / 2);
    for (let i = 0; i < samples.length; i++) samples[i] = whole.readInt16LE(i * 2);
    const heard = this.#resampler ? this.#resampler.push(samples) : samples;
    for (const event of this.#endpointer.push(heard)) this.#onEndpointEvent(event);
    this.#endToldUtterance();
    this.#checkUtteranceEnd();
    clearTimeout(this.#stallTimer);
    if (this.#endpointer.speaking) {
      this.#stallTimer = setTimeout(() => this.#finalize(false), STALL_MS);
    }
  }

  #onEndpointEvent(event: EndpointEvent): void {
    const { context, params } = this.#options;
    switch (event.type) {
      case 'started': {
        context.counts.add('deepgram', 'utterances');
        this.#fault = context.faults.take('deepgram');
        this.#silentSinceMs = undefined;
        const message = { type: 'SpeechStarted', channel: [0], timestamp: seconds(event.atMs) };
        if (params.vad_events) this.#post(() => this.#send(message));
        this.#told = context.told.next();
        if (!this.#told) {
          this.#recognition = new Recognition(this.#options.grammar, LEVEL_AFTER_MS);
        }
        return;
      }
      case 'audio':
        return this.#recognition?.push(event.samples);
      case 'paused':
        return this.#guess(event.utterance);
      case 'resumed':
        return this.#hearAgain(event.soFar);
      case 'ended':
        return this.#complete(event.utterance, false);
    }
  }

  /** One that is whole needs no silence to tell, only the one that the client asked for. */
  #endToldUtterance(): void {
    const { current } = this.#endpointer;
    const { endpointing } = this.#options.params;
    if (!this.#told || !current || endpointing === false) return;
    if (!this.#told.isWhole(current.lastLoudMs - current.startMs)) return;
    if (current.endMs - current.lastLoudMs >= endpointing) this.#finalize(false);
  }

  /** The utterance may be over: have the result by the time it is known to be. */
  #guess(utterance: Utterance): void {
    const recognition = this.#recognition;
    recognition?.finish().then(
      (heard) => {
        if (this.#recognition !== recognition || !this.#options.params.interim_results) return;
        if (heard.text === '' || this.#fault) return;
        const interim = this.#results(utterance, heard, { isFinal: false, fromFinalize: false });
        this.#post(() => this.#send(interim));
      },
      // Whoever waits for the final result handles the failure.
      () => undefined,
    );
  }

  /** It was not over. The recogniser can't go on after a result, so a new one hears it all. */
  #hearAgain(soFar: readonly Int16Array[]): void {
    if (!this.#recognition) return;
    this.#recognition.cancel();
    this.#recognition = new Recognition(this.#options.grammar, LEVEL_AFTER_MS);
    for (const samples of soFar) this.#recognition.push(samples);
  }

  #complete(utterance: Utterance, fromFinalize: boolean): void {
    const known = Promise.resolve(this.#told?.heard ?? NOTHING_HEARD);
    const result = this.#recognition?.finish() ?? known;
    // A fault may also come while the caller speaks.
    const fault = this.#fault ?? this.#options.context.faults.take('deepgram');
    this.#recognition = undefined;
    this.#told = undefined;
    this.#fault = undefined;
    this.#silentSinceMs = utterance.lastLoudMs;
    this.#post(async () => {
      if (fault?.cut) return this.#options.socket.terminate();
      if (!(await suffer(fault, this.#gone.signal))) return;
      // The service's only word for a failure on an open socket.
      if (fault?.status !== undefined) {
        return this.#options.socket.close(1011, 'a fault was asked for');
      }
      if (fault?.garbage) return this.#options.socket.send(GARBAGE);
      this.#send(this.#results(utterance, await result, { isFinal: true, fromFinalize }));
    });
  }

  #finalize(asked: boolean): void {
    clearTimeout(this.#stallTimer);
    const utterance = this.#endpointer.finish();
    if (utterance) return this.#complete(utterance, asked);
    if (!asked) return;
    const nowMs = this.#endpointer.positionMs;
    const here = { startMs: nowMs, endMs: nowMs, lastLoudMs: nowMs };
    const results = this.#results(here, NOTHING_HEARD, { isFinal: true, fromFinalize: true });
    this.#post(() => this.#send(results));
  }

  #closeStream(): void {
    this.#finalize(false);
    const { requestId, params, socket } = this.#options;
    this.#post(() => {
      this.#send(metadataMessage(requestId, params.model, this.#endpointer.positionMs));
      socket.close(1000);
    });
  }

  /** `UtteranceEnd` is counted in the stream's own time, like everything the service reports. */
  #checkUtteranceEnd(): void {
    const { utterance_end_ms: gapMs } = this.#options.params;
    const since = this.#silentSinceMs;
    if (gapMs === undefined || since === undefined) return;
    if (this.#endpointer.positionMs - since < gapMs) return;
    this.#silentSinceMs = undefined;
    const message = { type: 'UtteranceEnd', channel: [0, 1], last_word_end: seconds(since) };
    this.#post(() => this.#send(message));
  }

  #results(
    utterance: Utterance,
    heard: Heard,
    kind: { isFinal: boolean; fromFinalize: boolean },
  ): unknown {
    const { params, requestId } = this.#options;
    return resultsMessage({
      ...kind,
      heard,
      requestId,
      model: params.model,
      startMs: utterance.startMs,
      durationMs: utterance.endMs - utterance.startMs,
      speechFinal: kind.isFinal && !kind.fromFinalize && params.endpointing !== false,
      punctuate: params.punctuate || params.smart_format,
    });
  }

  #post(step: () => Promise<void> | void): void {
    this.#outbox = this.#outbox.then(step).catch((error: unknown) => {
      if (this.#gone.signal.aborted) return;
      this.#options.log.error({ err: error }, 'recognition failed');
      this.#options.socket.close(1011, 'recognition failed');
    });
  }

  #send(message: unknown): void {
    const { socket } = this.#options;
    if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(message));
  }

  #armIdle(): void {
    clearTimeout(this.#idleTimer);
    this.#idleTimer = setTimeout(() => this.#options.socket.close(1011, 'NET-0001'), IDLE_LIMIT_MS);
  }

  #end(): void {
    clearTimeout(this.#idleTimer);
    clearTimeout(this.#stallTimer);
    this.#gone.abort();
    this.#recognition?.cancel();
  }
}

function toBuffer(data: RawData): Buffer {
  if (Buffer.isBuffer(data)) return data;
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
