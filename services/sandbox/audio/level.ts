/** Loudness of 16-bit samples as dB below full scale (0 is the loudest square wave); −Infinity for silence. */
export function levelDb(samples: Int16Array, from = 0, to = samples.length): number {
  let sum = 0;
  for (let i = from; i < to; i++) sum += (samples[i] as number) ** 2;
  return 10 * Math.log10(sum / Math.max(1, to - from) / 32_768 ** 2);
}

export interface SpeechDetectorOptions {
  sampleRateHz: number;
  /** A stretch this loud may begin speech, dB below full scale. Default −40. */
  onsetDb?: number;
  /** Speech goes on while it is louder than this. Default −50. */
  releaseDb?: number;
  /** Speech must be this long to count, so that a click doesn't. Default 40. */
  minSpeechMs?: number;
  /** Speech has ended when nothing was loud for this long. Default 600. */
  hangoverMs?: number;
}

/** Times are what the caller of {@link SpeechDetector.push} counts in, to 5 ms. */
export type SpeechEvent =
  { type: 'start'; firstLoudMs: number } | { type: 'end'; firstLoudMs: number; lastLoudMs: number };

/** How finely times are told. */
const STEP_MS = 5;

/**
 * Finds where speech begins and ends by its energy, in a stream of frames, with hysteresis. Frames
 * may have gaps between them; a gap is silence.
 */
export class SpeechDetector {
  readonly #options: Required<SpeechDetectorOptions>;
  readonly #stepSamples: number;
  #speaking = false;
  #firstLoudMs: number | undefined;
  #lastLoudMs = -Infinity;

  constructor(options: SpeechDetectorOptions) {
    this.#options = { onsetDb: -40, releaseDb: -50, minSpeechMs: 40, hangoverMs: 600, ...options };
    this.#stepSamples = Math.round((this.#options.sampleRateHz * STEP_MS) / 1_000);
  }

  /** Whether speech has started and not ended. */
  get speaking(): boolean {
    return this.#speaking;
  }

  /** When speech in progress was last loud; undefined while there is none. */
  get lastLoudMs(): number | undefined {
    return this.#speaking ? this.#lastLoudMs : undefined;
  }

  /** @param startMs when the frame's first sample is heard */
  push(frame: Int16Array, startMs: number): SpeechEvent[] {
    const events: SpeechEvent[] = [];
    for (let at = 0; at < frame.length; at += this.#stepSamples) {
      const to = Math.min(frame.length, at + this.#stepSamples);
      const fromMs = startMs + (at * 1_000) / this.#options.sampleRateHz;
      const toMs = startMs + (to * 1_000) / this.#options.sampleRateHz;
      const event = this.#step(levelDb(frame, at, to), fromMs, toMs);
      if (event) events.push(event);
    }
    return events;
  }

  /** Call now and then when frames may stop coming; tells the end of speech that just fell silent. */
  advance(nowMs: number): SpeechEvent | undefined {
    if (nowMs - this.#lastLoudMs < this.#options.hangoverMs) return undefined;
    const { firstLoudMs, lastLoudMs } = {
      firstLoudMs: this.#firstLoudMs,
      lastLoudMs: this.#lastLoudMs,
    };
    const spoke = this.#speaking;
    this.#speaking = false;
    this.#firstLoudMs = undefined;
    return spoke && firstLoudMs !== undefined
      ? { type: 'end', firstLoudMs, lastLoudMs }
      : undefined;
  }

  #step(level: number, fromMs: number, toMs: number): SpeechEvent | undefined {
    const { onsetDb, releaseDb, minSpeechMs } = this.#options;
    const endedInGap = this.advance(fromMs);
    const loud = level >= (this.#firstLoudMs === undefined ? onsetDb : releaseDb);
    if (loud) {
      this.#firstLoudMs ??= fromMs;
      this.#lastLoudMs = toMs;
    } else if (!this.#speaking && fromMs - this.#lastLoudMs >= minSpeechMs) {
      this.#firstLoudMs = undefined;
    }
    const ended = endedInGap ?? (loud ? undefined : this.advance(toMs));
    if (ended) return ended;
    if (this.#speaking || this.#firstLoudMs === undefined) return undefined;
    if (this.#lastLoudMs - this.#firstLoudMs < minSpeechMs) return undefined;
    this.#speaking = true;
    return { type: 'start', firstLoudMs: this.#firstLoudMs };
  }
}

/**
 * Where the speech in a sound begins and ends, in ms from its start; undefined if nothing is loud.
 * Same thresholds as {@link SpeechDetector}; pauses inside are bridged however long they are.
 */
export function loudSpan(
  samples: Int16Array,
  options: SpeechDetectorOptions,
): { firstLoudMs: number; lastLoudMs: number } | undefined {
  const detector = new SpeechDetector({ ...options, hangoverMs: Infinity });
  const start = detector.push(samples, 0).find((event) => event.type === 'start');
  const lastLoudMs = detector.lastLoudMs;
  return start && lastLoudMs !== undefined
    ? { firstLoudMs: start.firstLoudMs, lastLoudMs }
    : undefined;
}
