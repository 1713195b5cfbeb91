import { AudioStream, type AudioFrame, type RemoteTrack } from '@livekit/rtc-node';
import { Hearing } from '@patchbay/sandbox/telephone/hearing';
import { nowMs } from '@patchbay/sandbox/telephone/now';
import type { PhoneError } from '@patchbay/sandbox/telephone/phone-error';
import { TimeLine } from '@patchbay/sandbox/telephone/time-line';

const RATE_HZ = 8_000;
const SAMPLES_PER_MS = RATE_HZ / 1_000;
const FRAME_MS = 20;
/** A pause in the agent's words shorter than this does not end what it says. */
const HANGOVER_MS = 900;
/** Enough for the longest utterance. */
const KEEP_MS = 60_000;
const SILENCE_CHECK_MS = 100;
/** Frames come without gaps while a track plays; when one is this late, the track was away. */
const AWAY_MS = 500;

/** What a web caller hears: every audio track of the room that brings sound. */
export class WebEar {
  readonly hearing: Hearing;
  readonly #openedMs = nowMs();
  readonly #heard = new TimeLine(KEEP_MS);
  readonly #readers = new Set<ReadableStreamDefaultReader<AudioFrame>>();
  readonly #silenceWatch: NodeJS.Timeout;

  constructor() {
    this.hearing = new Hearing({
      speech: { hangoverMs: HANGOVER_MS },
      slice: (from, to) => this.#heard.slice(from, to),
      onListenerError: () => undefined,
    });
    // When a track has ended nothing comes any more, not even silence.
    this.#silenceWatch = setInterval(() => {
      this.hearing.advance(nowMs() - this.#openedMs - AWAY_MS);
    }, SILENCE_CHECK_MS);
  }

  listen(track: RemoteTrack): void {
    const stream = new AudioStream(track, {
      sampleRate: RATE_HZ,
      numChannels: 1,
      frameSizeMs: FRAME_MS,
    });
    const reader: ReadableStreamDefaultReader<AudioFrame> = stream.getReader();
    this.#readers.add(reader);
    // A track that breaks off is silence, as at a real caller's ear.
    this.#read(reader).catch(() => undefined);
  }

  close(error: PhoneError): void {
    clearInterval(this.#silenceWatch);
    this.hearing.close(error);
    for (const reader of this.#readers) reader.cancel().catch(() => undefined);
    this.#readers.clear();
  }

  async #read(reader: ReadableStreamDefaultReader<AudioFrame>): Promise<void> {
    let next = -Infinity;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      const arrivedAtMs = nowMs();
      const samples = value.data;
      const now = Math.round((arrivedAtMs - this.#openedMs) * SAMPLES_PER_MS);
      if (now - next > AWAY_MS * SAMPLES_PER_MS) next = now;
      this.#heard.write(next, samples);
      this.hearing.push({ position: next, samples, arrivedAtMs, inOrder: true });
      next += samples.length;
    }
    this.#readers.delete(reader);
  }
}
