import { tone } from '../audio/tone.ts';

/** What the two load processes of the bridge's benchmark share. */

export const FRAME_SAMPLES = 160;
const FRAME_MS = 20;
/** A burst each second, over a voice that never pauses. */
const PERIOD_FRAMES = 50;
const BURST_FRAMES = 3;
/** Louder than the voice ever is, even after two codecs. */
const BURST_THRESHOLD = 9_000;
const VOICE_AMPLITUDE = 3_000;
/** −50 dBFS: less than the voice's quietest frame, more than any codec makes of silence. */
const AUDIBLE_THRESHOLD = 100;

/** Ms of the clock that all processes of this machine share. */
export function sharedNowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** One second to be sent over and over: a voice-like sound, and a burst at its beginning. */
export function benchSound(): Int16Array {
  const sound = new Int16Array(PERIOD_FRAMES * FRAME_SAMPLES);
  for (let i = 0; i < sound.length; i++) {
    const t = i / 8_000;
    // Harmonics of a pitch that wanders, rising and falling as syllables do.
    const pitch = 2 * Math.PI * (130 * t + 3 * Math.sin(2 * Math.PI * 2 * t));
    const loudness = 0.55 + 0.45 * Math.sin(2 * Math.PI * 4 * t);
    let sample = 0;
    for (let k = 1; k <= 8; k++) sample += Math.sin(k * pitch) / k;
    sound[i] = Math.round((VOICE_AMPLITUDE / 2) * loudness * sample);
  }
  const burst = tone({
    frequencyHz: 1_000,
    durationMs: BURST_FRAMES * FRAME_MS,
    sampleRateHz: 8_000,
    amplitude: 0.6,
  });
  sound.set(burst);
  return sound;
}

/** Finds the beginnings of bursts in what is heard. */
export class BurstFinder {
  readonly times: number[] = [];

  /** @param atMs when the frame arrived */
  hear(samples: Int16Array, atMs: number): void {
    const last = this.times.at(-1);
    if (last !== undefined && atMs - last < (PERIOD_FRAMES / 2) * FRAME_MS) return;
    for (const sample of samples) {
      if (sample < BURST_THRESHOLD) continue;
      this.times.push(atMs);
      return;
    }
  }
}

/** Is there anything to be heard in the frame? */
export function isAudible(samples: Int16Array): boolean {
  return samples.some((sample) => Math.abs(sample) >= AUDIBLE_THRESHOLD);
}

/** Sends a frame each 20 ms, catching up after a stall. */
export class FrameClock {
  readonly burstTimes: number[] = [];
  sent = 0;
  readonly #startMs: number;

  /** @param phase 0…1: where in the 20 ms its frames are due */
  constructor(phase: number) {
    this.#startMs = sharedNowMs() + phase * FRAME_MS;
  }

  /** Send what is due; `send` gets the number of the frame within the sound. */
  run(send: (frame: number) => void): void {
    for (const now = sharedNowMs(); this.#startMs + this.sent * FRAME_MS <= now; this.sent++) {
      const frame = this.sent % PERIOD_FRAMES;
      if (frame === 0) this.burstTimes.push(sharedNowMs());
      send(frame);
    }
  }
}

/** How often clocks look: phases of calls are spread as finely. */
export const LOOK_EVERY_MS = 4;

/** What is told of one call at the end, by either side; calls are in the order they were dialled in. */
export interface SideReport {
  burstsSent: number[];
  burstsHeard: number[];
  framesSent: number;
  framesHeard: number;
}

export interface PhoneReport extends SideReport {
  setupMs: number;
  /** From the 200 OK to the first packet with sound in it; undefined if none came. */
  firstAudioMs: number | undefined;
  /** Ms between packets that arrived one after the other. */
  gapsMs: number[];
  lost: number;
}
