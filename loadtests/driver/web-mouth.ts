import { AudioFrame, AudioSource } from '@livekit/rtc-node';
import { resample } from '@patchbay/sandbox/audio/resample';
import { Histogram } from '@patchbay/sandbox/telephone/histogram';
import { FRAME_MS, type MediaClock } from '@patchbay/sandbox/telephone/media-clock';
import { playedFrom, type Played } from '@patchbay/sandbox/telephone/rtp-sender';
import { SoundQueue } from '@patchbay/sandbox/telephone/sound-queue';

const SPOKEN_RATE_HZ = 8_000;
const RATE_HZ = 16_000;
/** libwebrtc takes exactly 10 ms at a time when the source has no queue of its own. */
const CHUNK_SAMPLES = RATE_HZ / 100;
const FRAME_SAMPLES = (RATE_HZ * FRAME_MS) / 1_000;
const SILENCE = new Int16Array(FRAME_SAMPLES);
/** rtc-node offers every event to every waiting frame: a process that fell behind would never catch up. */
const MOST_IN_FLIGHT = 50;

/** The microphone of a web caller: a frame each 20 ms, of what is to be said or of silence. */
export class WebMouth {
  readonly source = new AudioSource(RATE_HZ, 1, 0);
  readonly pacing = new Histogram();
  readonly #sounds = new SoundQueue({ frameSamples: FRAME_SAMPLES, sampleRateHz: RATE_HZ });
  readonly #stopClock: () => void;
  #inFlight = 0;
  #frames = 0;
  #closed = false;

  constructor(clock: MediaClock) {
    this.#stopClock = clock.start((dueMs, nowMs) => this.#tick(dueMs, nowMs));
  }

  get frames(): number {
    return this.#frames;
  }

  /** Say samples at 8 kHz. */
  async play(samples: Int16Array): Promise<Played> {
    const sound = resample(samples, SPOKEN_RATE_HZ, RATE_HZ);
    return playedFrom(await this.#sounds.push(sound), samples);
  }

  /** Whatever still waits to be said fails with this. */
  async close(error: Error): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#stopClock();
    this.#sounds.close(error);
    await this.source.close();
  }

  #tick(dueMs: number, nowMs: number): void {
    if (this.#closed) return;
    this.pacing.add(nowMs - dueMs);
    // As with the telephone: what leaves at t was said from t − 20 ms to t.
    const frame = this.#sounds.take(dueMs - FRAME_MS) ?? SILENCE;
    for (let at = 0; at < FRAME_SAMPLES; at += CHUNK_SAMPLES) this.#send(frame, at);
  }

  #send(frame: Int16Array, at: number): void {
    if (this.#inFlight >= MOST_IN_FLIGHT) return;
    this.#frames++;
    this.#inFlight++;
    // rtc-node ignores byteOffset, so each chunk needs memory of its own.
    const data = frame.slice(at, at + CHUNK_SAMPLES);
    this.source
      .captureFrame(new AudioFrame(data, RATE_HZ, 1, CHUNK_SAMPLES))
      .catch(() => undefined) // the room is going; its end is told elsewhere
      .finally(() => (this.#inFlight -= 1));
  }
}
