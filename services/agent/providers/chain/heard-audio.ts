import type { AudioFrame } from '@livekit/rtc-node';

/** Kept while nobody speaks: voice detection says so late. */
const PRE_ROLL_MS = 1_000;
/** The longest utterance that can be heard again. */
const MOST_MS = 20_000;

/** What the caller said since the last words were understood, to be heard again by another. */
export class HeardAudio {
  #frames: AudioFrame[] = [];
  #lengthMs = 0;
  #speaking = false;

  get frames(): readonly AudioFrame[] {
    return this.#frames;
  }

  push(frame: AudioFrame): void {
    this.#frames.push(frame);
    this.#lengthMs += durationMs(frame);
    this.#trim(this.#speaking ? MOST_MS : PRE_ROLL_MS);
  }

  /** The caller began to speak: from here on all is kept until it is understood. */
  onSpeech(): void {
    this.#speaking = true;
  }

  /** The words were understood. */
  forget(): void {
    this.#speaking = false;
    this.#trim(PRE_ROLL_MS);
  }

  #trim(mostMs: number): void {
    let gone = 0;
    while (this.#lengthMs > mostMs && gone < this.#frames.length) {
      const frame = this.#frames[gone++];
      this.#lengthMs -= frame ? durationMs(frame) : 0;
    }
    if (gone > 0) this.#frames.splice(0, gone);
  }
}

function durationMs(frame: AudioFrame): number {
  return (frame.samplesPerChannel / frame.sampleRate) * 1_000;
}
