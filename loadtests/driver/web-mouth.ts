import { AudioFrame, AudioSource } from '@livekit/rtc-node';
import { resample } from '@patchbay/sandbox/audio/resample';
import { Histogram } from '@patchbay/sandbox/telephone/histogram';
import { FRAME_MS, type MediaClock } from '@patchbay/sandbox/telephone/media-clock';
import { playedFrom, type Played } from '@patchbay/sandbox/telephone/rtp-sender';

const SPOKEN_RATE_HZ = 8_000;
const RATE_HZ = 16_000;
/** libwebrtc takes exactly 10 ms at a time when the source has no queue of its own. */
const CHUNK_SAMPLES = RATE_HZ / 100;
const FRAME_SAMPLES = (RATE_HZ * FRAME_MS) / 1_000;
/** rtc-node offers every event to every waiting frame: a process that fell behind would never catch up. */
const MOST_IN_FLIGHT = 50;

interface Sound {
  samples: Int16Array;
  sent: number;
  startedAtMs: number;
  done: (startedAtMs: number | Error) => void;
}

/** The microphone of a web caller: a frame each 20 ms, of what is to be said or of silence. */
export class WebMouth {
  readonly source = new AudioSource(RATE_HZ, 1, 0);
  readonly pacing = new Histogram();
  readonly #sounds: Sound[] = [];
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
    const startedAtMs = await new Promise<number>((resolve, reject) => {
      this.#sounds.push({
        samples: resample(samples, SPOKEN_RATE_HZ, RATE_HZ),
        sent: 0,
        startedAtMs: 0,
        done: (result) => (result instanceof Error ? reject(result) : resolve(result)),
      });
    });
    return playedFrom(startedAtMs, samples);
  }

  /** Whatever still waits to be said fails with this. */
  async close(error: Error): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#stopClock();
    for (const sound of this.#sounds.splice(0)) sound.done(error);
    await this.source.close();
  }

  #tick(dueMs: number, nowMs: number): void {
    if (this.#closed) return;
    this.pacing.add(nowMs - dueMs);
    const frame = new Int16Array(FRAME_SAMPLES);
    // As with the telephone: what leaves at t was said from t − 20 ms to t.
    let filled = 0;
    for (let sound = this.#sounds[0]; sound && filled < FRAME_SAMPLES; sound = this.#sounds[0]) {
      if (sound.sent === 0) sound.startedAtMs = dueMs - FRAME_MS + (filled * 1_000) / RATE_HZ;
      const part = sound.samples.subarray(sound.sent, sound.sent + FRAME_SAMPLES - filled);
      frame.set(part, filled);
      filled += part.length;
      sound.sent += part.length;
      if (sound.sent < sound.samples.length) break;
      this.#sounds.shift();
      sound.done(sound.startedAtMs);
    }
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
