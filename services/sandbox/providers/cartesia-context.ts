import { encodeSamples, speakAs, wordTimestamps } from './cartesia-audio.ts';
import type { GenerationRequest } from './cartesia-schema.ts';
import { suffer, type Fault } from './faults.ts';

/** Audio in one chunk message. */
const CHUNK_MS = 100;
const PARTIAL = 206;

export interface ContextOptions {
  contextId: string;
  /** What this generation shall suffer. */
  fault: Fault | undefined;
  send: (message: unknown) => void;
  /** Break the connection. */
  cut: () => void;
  /** Send something that is no message. */
  babble: () => void;
  /** The context has sent its last message. */
  ended: () => void;
  failed: (error: unknown) => void;
}

/**
 * One context of a Cartesia socket: transcripts are spoken in the order they came, as one stream of
 * audio with timestamps that go on from sentence to sentence.
 */
export class SpeechContext {
  readonly #options: ContextOptions;
  readonly #stopped = new AbortController();
  #work: Promise<void> = Promise.resolve();
  /** Seconds of audio sent. */
  #sentS = 0;
  #flushes = 0;
  #suffered = false;
  #last = false;

  constructor(options: ContextOptions) {
    this.#options = options;
  }

  /** The client said that nothing follows. */
  get closed(): boolean {
    return this.#last;
  }

  add(request: GenerationRequest): void {
    this.#last = !request.continue;
    this.#work = this.#work
      .then(() => this.#serve(request))
      .catch((error: unknown) => {
        if (!this.#stopped.signal.aborted) this.#options.failed(error);
      });
  }

  /** Send nothing more. */
  stop(): void {
    this.#stopped.abort();
  }

  async #serve(request: GenerationRequest): Promise<void> {
    const { fault } = this.#options;
    if (!this.#suffered) {
      this.#suffered = true;
      if (!(await suffer(fault, this.#stopped.signal))) return this.stop();
      if (fault?.status !== undefined) {
        return this.#finishWith(this.#error(fault.status, 'a fault was asked for'));
      }
    }
    if (this.#stopped.signal.aborted) return;
    if (fault?.garbage) return this.#options.babble();
    const startedMs = performance.now();
    const { sample_rate: sampleRateHz, encoding } = request.output_format;
    const { voice, transcript, language } = request;
    const { samples } = await speakAs(voice.id, transcript, sampleRateHz, language);
    if (this.#stopped.signal.aborted) return;
    const stepMs = performance.now() - startedMs;
    const chunk = (sampleRateHz * CHUNK_MS) / 1000;
    for (let at = 0; at < samples.length; at += chunk) {
      const bytes = encodeSamples(samples.subarray(at, at + chunk), encoding);
      this.#send('chunk', { data: bytes.toString('base64'), step_time: stepMs });
      if (fault?.cut) {
        this.stop();
        return this.#options.cut();
      }
    }
    const durationS = samples.length / sampleRateHz;
    if (samples.length > 0 && request.add_timestamps) {
      const timestamps = wordTimestamps(request.transcript, durationS, this.#sentS);
      this.#send('timestamps', { word_timestamps: timestamps });
    }
    this.#sentS += durationS;
    if (request.flush) {
      this.#send('flush_done', { flush_done: true, flush_id: ++this.#flushes });
    }
    if (request.continue) return;
    // The real service refuses a context in which nothing was ever said.
    if (this.#sentS === 0) {
      return this.#finishWith(this.#error(400, 'No valid transcripts passed'));
    }
    this.#finishWith({ ...this.#base('done'), done: true, status_code: 200 });
  }

  #finishWith(message: unknown): void {
    this.#options.send(message);
    this.stop();
    this.#options.ended();
  }

  #send(type: string, fields: object): void {
    this.#options.send({ ...this.#base(type), done: false, status_code: PARTIAL, ...fields });
  }

  #base(type: string) {
    return { type, context_id: this.#options.contextId };
  }

  #error(status: number, error: string) {
    return { ...this.#base('error'), done: true, status_code: status, error };
  }
}
