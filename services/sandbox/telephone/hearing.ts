import { SpeechDetector, type SpeechDetectorOptions, type SpeechEvent } from '../audio/level.ts';
import { PhoneError, SilenceError } from './phone-error.ts';
import type { HeardFrame } from './rtp-receiver.ts';

const SAMPLES_PER_MS = 8;
/** Silence left around an utterance, for those who recognise words in it. */
const MARGIN_MS = 120;
/** How many frames' arrival times are remembered; more than the detector looks back for a begin. */
const REMEMBERED_FRAMES = 16;
/** How many past beginnings and utterances can still be asked for. */
const REMEMBERED_UTTERANCES = 100;
const DEFAULT_TIMEOUT_MS = 30_000;

/** Something said by the other side. Times in epoch ms, when the sound arrived here. */
export interface Utterance {
  startedAtMs: number;
  endedAtMs: number;
  /** 8 kHz, with a little silence around. */
  samples: Int16Array;
}

/** `speech-end` comes after the hangover; its time is when the speech was last loud. */
export type HeardEvent =
  | { type: 'speech-start'; atMs: number }
  | { type: 'speech-end'; atMs: number; utterance: Utterance };

export interface WaitOptions {
  /** Only what began at or after this time, epoch ms. */
  afterMs?: number;
  /** Default 30 000. */
  timeoutMs?: number;
}

interface Waiter {
  /** @returns true if it had what it wanted */
  satisfy(): boolean;
  fail(error: PhoneError): void;
}

/**
 * Listens to what arrives: tells when speech begins and ends and hands out whole utterances. Speech is
 * found on the sender's time line, so that network jitter can't break it; told times are arrival times.
 */
export class Hearing {
  readonly #detector: SpeechDetector;
  readonly #slice: (from: number, to: number) => Int16Array;
  readonly #onListenerError: (error: unknown) => void;
  readonly #listeners = new Set<(event: HeardEvent) => void>();
  readonly #waiters = new Set<Waiter>();
  readonly #recent: { fromMs: number; toMs: number; delayMs: number }[] = [];
  readonly #starts: number[] = [];
  readonly #utterances: Utterance[] = [];
  #startedAtMs = 0;
  #lastLoudAtMs = 0;
  #fedTo = -Infinity;
  #handedOutMs = -Infinity;
  #closed: PhoneError | undefined;

  constructor(options: {
    speech?: Omit<SpeechDetectorOptions, 'sampleRateHz'>;
    /** A part of the recording by positions. */
    slice: (from: number, to: number) => Int16Array;
    onListenerError: (error: unknown) => void;
  }) {
    this.#detector = new SpeechDetector({ sampleRateHz: 8_000, ...options.speech });
    this.#slice = options.slice;
    this.#onListenerError = options.onListenerError;
  }

  /** When speech was first heard in this call; undefined if never. */
  firstAudibleMs: number | undefined;

  /** @returns a function that ends listening; a listener's exception is reported and goes no further */
  onHeard(listener: (event: HeardEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  push(frame: HeardFrame): void {
    if (!frame.inOrder || frame.position < this.#fedTo) return;
    this.#fedTo = frame.position + frame.samples.length;
    const fromMs = frame.position / SAMPLES_PER_MS;
    const toMs = this.#fedTo / SAMPLES_PER_MS;
    const delayMs = frame.arrivedAtMs - fromMs;
    this.#recent.push({ fromMs, toMs, delayMs });
    if (this.#recent.length > REMEMBERED_FRAMES) this.#recent.shift();
    for (const event of this.#detector.push(frame.samples, fromMs)) this.#onEvent(event);
    const lastLoudMs = this.#detector.lastLoudMs;
    if (lastLoudMs === undefined || lastLoudMs <= fromMs) return;
    this.#lastLoudAtMs = lastLoudMs + delayMs;
  }

  /** Tells the end of speech when nothing comes any more. @param nowMs on the recording's time line */
  advance(nowMs: number): void {
    const event = this.#detector.advance(nowMs);
    if (event) this.#onEvent(event);
  }

  /**
   * The next beginning of speech, or one in the past that fits.
   * @returns its time, epoch ms
   * @throws {PhoneError} in time-out and when the call ends first
   */
  waitForSpeechStart(options: WaitOptions = {}): Promise<number> {
    const afterMs = options.afterMs ?? -Infinity;
    return this.#wait('speech', options, () => this.#starts.find((atMs) => atMs >= afterMs));
  }

  /**
   * The first whole utterance that began at or after `afterMs`; without it, each call gives the one
   * after the last.
   * @throws {PhoneError} in time-out and when the call ends first
   */
  nextUtterance(options: WaitOptions = {}): Promise<Utterance> {
    return this.#wait('an utterance', options, () => {
      const fits = (atMs: number) =>
        options.afterMs === undefined ? atMs > this.#handedOutMs : atMs >= options.afterMs;
      const found = this.#utterances.find(({ startedAtMs }) => fits(startedAtMs));
      if (found) this.#handedOutMs = Math.max(this.#handedOutMs, found.startedAtMs);
      return found;
    });
  }

  /** Ends an utterance in progress; whoever waits for more fails with this. */
  close(error: PhoneError): void {
    if (this.#closed) return;
    this.advance(Infinity);
    this.#closed = error;
    for (const waiter of [...this.#waiters]) waiter.fail(error);
    this.#listeners.clear();
  }

  /** When a moment of the sender's time line arrived, epoch ms. */
  #arrival(positionMs: number): number {
    const frame =
      this.#recent.find(({ fromMs, toMs }) => positionMs >= fromMs && positionMs < toMs) ??
      this.#recent.at(-1);
    return positionMs + (frame?.delayMs ?? 0);
  }

  #onEvent(event: SpeechEvent): void {
    if (event.type === 'start') {
      const atMs = (this.#startedAtMs = this.#arrival(event.firstLoudMs));
      this.firstAudibleMs ??= atMs;
      remember(this.#starts, atMs);
      this.#tell({ type: 'speech-start', atMs });
      return;
    }
    const from = Math.round((event.firstLoudMs - MARGIN_MS) * SAMPLES_PER_MS);
    const to = Math.round((event.lastLoudMs + MARGIN_MS) * SAMPLES_PER_MS);
    const endedAtMs = Math.max(this.#lastLoudAtMs, this.#startedAtMs);
    const samples = this.#slice(from, to);
    const utterance = { startedAtMs: this.#startedAtMs, endedAtMs, samples };
    remember(this.#utterances, utterance);
    this.#tell({ type: 'speech-end', atMs: endedAtMs, utterance });
  }

  #tell(event: HeardEvent): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(event);
      } catch (error) {
        this.#onListenerError(error);
      }
    }
    for (const waiter of [...this.#waiters]) waiter.satisfy();
  }

  #wait<T>(what: string, options: WaitOptions, find: () => T | undefined): Promise<T> {
    const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    return new Promise((resolve, reject) => {
      const finish = (act: () => void) => {
        clearTimeout(timer);
        this.#waiters.delete(waiter);
        act();
      };
      const waiter: Waiter = {
        satisfy: () => {
          const found = find();
          if (found !== undefined) finish(() => resolve(found));
          return found !== undefined;
        },
        fail: (error) =>
          finish(() =>
            reject(new PhoneError(`waiting for ${what}: ${error.message}`, { cause: error })),
          ),
      };
      const timer = setTimeout(
        () => finish(() => reject(new SilenceError(what, timeoutMs))),
        timeoutMs,
      );
      this.#waiters.add(waiter);
      if (!waiter.satisfy() && this.#closed) waiter.fail(this.#closed);
    });
  }
}

function remember<T>(list: T[], item: T): void {
  list.push(item);
  if (list.length > REMEMBERED_UTTERANCES) list.shift();
}
