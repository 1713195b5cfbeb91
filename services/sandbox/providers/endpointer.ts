import { rms } from '../speech/silence.ts';

const FRAME_MS = 10;
/** So many loud frames in a row are speech; fewer are a click. */
const ONSET_FRAMES = 3;
const QUIETEST_THRESHOLD = 200;
const LOUDEST_THRESHOLD = 1_500;
/** Speech is this much louder than the noise around it. */
const ABOVE_NOISE = 4;

export interface EndpointerOptions {
  sampleRateHz: number;
  /** Silence after which an utterance is over. */
  endSilenceMs: number;
  /** Silence after which it may be over, so that work can begin. Less than `endSilenceMs`. */
  pauseMs: number;
  /** How much from before the first loud frame belongs to the utterance. */
  preRollMs: number;
  /** An utterance is over when it gets this long. */
  maxUtteranceMs: number;
}

/** Where an utterance lies. Times are from the first sample ever pushed. */
export interface Utterance {
  startMs: number;
  endMs: number;
  /** End of its last loud frame. */
  lastLoudMs: number;
}

export type EndpointEvent =
  | { type: 'started'; atMs: number }
  /** 10 ms of the utterance; the first pieces after `started` are from before it. */
  | { type: 'audio'; samples: Int16Array }
  | { type: 'paused'; utterance: Utterance }
  /** It goes on; all of it so far, which `audio` continues. */
  | { type: 'resumed'; soFar: readonly Int16Array[] }
  | { type: 'ended'; utterance: Utterance };

/** Finds utterances in a stream of samples by their energy. */
export class Endpointer {
  readonly #options: EndpointerOptions;
  readonly #frame: Int16Array;
  #filled = 0;
  #frames = 0;
  #noise = QUIETEST_THRESHOLD / ABOVE_NOISE;
  #history: Int16Array[] = [];
  #loudInRow = 0;
  #speaking = false;
  #paused = false;
  #startMs = 0;
  #lastLoudMs = 0;

  constructor(options: EndpointerOptions) {
    this.#options = options;
    this.#frame = new Int16Array((options.sampleRateHz * FRAME_MS) / 1000);
  }

  /** Length of all that was pushed, to the last whole frame. */
  get positionMs(): number {
    return this.#frames * FRAME_MS;
  }

  get speaking(): boolean {
    return this.#speaking;
  }

  /** The utterance in progress as far as it has come. */
  get current(): Utterance | undefined {
    return this.#speaking ? this.#utterance() : undefined;
  }

  push(samples: Int16Array): EndpointEvent[] {
    const events: EndpointEvent[] = [];
    for (let at = 0; at < samples.length;) {
      const taken = samples.subarray(at, at + this.#frame.length - this.#filled);
      this.#frame.set(taken, this.#filled);
      this.#filled += taken.length;
      at += taken.length;
      if (this.#filled < this.#frame.length) break;
      this.#filled = 0;
      this.#step(this.#frame.slice(), events);
    }
    return events;
  }

  /** End the utterance in progress now, if there is one. */
  finish(): Utterance | undefined {
    if (!this.#speaking) return undefined;
    const utterance = this.#utterance();
    this.#speaking = false;
    this.#paused = false;
    this.#loudInRow = 0;
    this.#history = [];
    return utterance;
  }

  #step(frame: Int16Array, events: EndpointEvent[]): void {
    this.#frames++;
    const level = rms(frame);
    const loud = level > this.#threshold();
    if (!loud) this.#learnNoise(level);
    this.#history.push(frame);
    if (!this.#speaking) return this.#waitForOnset(loud, events);
    if (loud) this.#lastLoudMs = this.positionMs;
    if (loud && this.#paused) {
      this.#paused = false;
      events.push({ type: 'resumed', soFar: this.#history.slice() });
    } else if (!this.#paused) {
      events.push({ type: 'audio', samples: frame });
    }
    const silenceMs = this.positionMs - this.#lastLoudMs;
    const tooLong = this.positionMs - this.#startMs >= this.#options.maxUtteranceMs;
    if (silenceMs >= this.#options.endSilenceMs || tooLong) {
      const utterance = this.finish();
      if (utterance) events.push({ type: 'ended', utterance });
    } else if (silenceMs >= this.#options.pauseMs && !this.#paused) {
      this.#paused = true;
      events.push({ type: 'paused', utterance: this.#utterance() });
    }
  }

  #waitForOnset(loud: boolean, events: EndpointEvent[]): void {
    this.#loudInRow = loud ? this.#loudInRow + 1 : 0;
    const keep = this.#options.preRollMs / FRAME_MS + ONSET_FRAMES;
    if (this.#history.length > keep) this.#history.splice(0, this.#history.length - keep);
    if (this.#loudInRow < ONSET_FRAMES) return;
    this.#speaking = true;
    this.#startMs = this.positionMs - this.#history.length * FRAME_MS;
    this.#lastLoudMs = this.positionMs;
    events.push({ type: 'started', atMs: this.positionMs - ONSET_FRAMES * FRAME_MS });
    for (const samples of this.#history) events.push({ type: 'audio', samples });
  }

  #utterance(): Utterance {
    return { startMs: this.#startMs, endMs: this.positionMs, lastLoudMs: this.#lastLoudMs };
  }

  #threshold(): number {
    return Math.min(LOUDEST_THRESHOLD, Math.max(QUIETEST_THRESHOLD, this.#noise * ABOVE_NOISE));
  }

  /** Quick to follow the noise down, slow to follow it up. */
  #learnNoise(level: number): void {
    this.#noise += (level - this.#noise) * (level < this.#noise ? 0.2 : 0.02);
  }
}
