import { APIConnectionError, stt } from '@livekit/agents';
import type { AudioFrame } from '@livekit/rtc-node';
import { HeardAudio } from './heard-audio.ts';
import { Members, type Member } from './members.ts';
import { takeErrors } from './own-errors.ts';
import { AnswerFault, type ProviderSwitch } from './switches.ts';
import type { OnRequest, RequestLog } from '../../trace/request-log.ts';

/** Shorter sounds are coughs and doors, of which no recogniser makes words. */
const LEAST_SPEECH_MS = 500;
/** How long two recognisers are heard before it is clear that there were no words. */
const RESCUE_LIMIT_MS = 3_000;
/** A lone recogniser is tried again after this. */
const RETRY_MS = 500;
const MOST_RETRIES = 3;

export interface SttChainOptions {
  members: readonly Member<stt.STT>[];
  onSwitch: (change: ProviderSwitch) => void;
  /** The caller spoke and waits longer than usual for being understood. */
  onLate: () => void;
  /** The caller spoke, and nobody made words of it. */
  onUnheard: () => void;
  onRequest: OnRequest;
}

/**
 * Recognisers of which one hears the caller. When it fails, or stays silent after the caller spoke,
 * the next hears what was said, from the beginning. The framework's adapter begins with what is said
 * next, and doesn't notice silence.
 */
export class SttChain extends stt.STT {
  override label = 'SttChain';
  readonly members: Members<stt.STT>;
  readonly onLate: () => void;
  readonly onUnheard: () => void;
  readonly onRequest: OnRequest;
  #stream: SttChainStream | undefined;

  constructor(options: SttChainOptions) {
    super({ streaming: true, interimResults: true, alignedTranscript: false });
    this.onLate = options.onLate;
    this.onUnheard = options.onUnheard;
    this.onRequest = options.onRequest;
    this.members = new Members({ ...options, stage: 'stt' });
    // A failure after its stream was closed concerns nobody, but without a listener ends the process.
    for (const { model } of options.members) model.on('error', () => undefined);
  }

  override get model(): string {
    return this.members.current.model.model;
  }

  override get provider(): string {
    return this.members.current.name;
  }

  /** What voice detection says of the caller. */
  onCallerSpeaking(speaking: boolean): void {
    this.#stream?.onCallerSpeaking(speaking);
  }

  override stream(): stt.SpeechStream {
    this.#stream = new SttChainStream(this);
    return this.#stream;
  }

  override _recognize(): Promise<stt.SpeechEvent> {
    return Promise.reject(new Error('speech is heard with stream()'));
  }

  override async close(): Promise<void> {
    this.members.close();
    await Promise.all(this.members.all.map(({ model }) => model.close()));
  }
}

/** One recogniser at work. */
interface Hearing {
  member: Member<stt.STT>;
  stream: stt.SpeechStream;
  request: RequestLog;
  close(): void;
}

class SttChainStream extends stt.SpeechStream {
  override label = 'SttChainStream';
  readonly #chain: SttChain;
  readonly #heard = new HeardAudio();
  readonly #over = Promise.withResolvers<void>();
  #main: Hearing | undefined;
  /** Hears what `main` did not understand, or whether a failed one works again. */
  #second: Hearing | undefined;
  #lateTimer: NodeJS.Timeout | undefined;
  #retryTimer: NodeJS.Timeout | undefined;
  #retries = 0;
  #spokeAtMs = 0;
  /** The caller has spoken and not been understood. */
  #owed = false;

  constructor(chain: SttChain) {
    super(chain, undefined, { maxRetry: 0, retryIntervalMs: 0, timeoutMs: RESCUE_LIMIT_MS });
    this.#chain = chain;
  }

  onCallerSpeaking(speaking: boolean): void {
    clearTimeout(this.#lateTimer);
    if (speaking) {
      this.#spokeAtMs = Date.now();
      this.#owed = true;
      this.#heard.onSpeech();
      this.#tryAgain();
      return;
    }
    if (!this.#owed || Date.now() - this.#spokeAtMs < LEAST_SPEECH_MS) return;
    this.#lateTimer = setTimeout(() => this.#rescue(), this.#main?.member.timeoutMs ?? 0);
  }

  protected async run(): Promise<void> {
    this.#begin(this.#chain.members.order[0]);
    const pumping = this.#pump();
    this.abortSignal.addEventListener('abort', () => this.#over.resolve());
    try {
      await Promise.race([pumping, this.#over.promise]);
    } finally {
      clearTimeout(this.#lateTimer);
      clearTimeout(this.#retryTimer);
      const hearings = this.#hearings();
      this.#main = undefined;
      this.#second = undefined;
      for (const hearing of hearings) hearing.close();
    }
  }

  async #pump(): Promise<void> {
    for await (const item of this.input) {
      if (typeof item === 'symbol') {
        for (const { stream } of this.#hearings()) unlessClosed(() => stream.flush());
        continue;
      }
      this.#heard.push(item);
      for (const hearing of this.#hearings()) give(hearing, item);
    }
    for (const { stream } of this.#hearings()) unlessClosed(() => stream.endInput());
  }

  #hearings(): Hearing[] {
    return [this.#main, this.#second].filter((hearing) => hearing !== undefined);
  }

  #begin(member: Member<stt.STT> | undefined): void {
    if (member) this.#main = this.#open(member);
  }

  /** Have a recogniser hear everything that was not understood, and what follows. */
  #open(member: Member<stt.STT>): Hearing {
    const { model } = member;
    const stream = model.stream({
      connOptions: { maxRetry: 0, retryIntervalMs: 0, timeoutMs: RESCUE_LIMIT_MS },
    });
    const onError = (error: unknown) => this.#onFailed(hearing, error);
    takeErrors(stream, onError);
    // Of recognisers that take whole utterances the adapter hides the failure from its stream.
    const onModelError = (event: { error: unknown }) => onError(event.error);
    model.on('error', onModelError);
    const request = this.#chain.onRequest('stt', member.name);
    const hearing: Hearing = {
      member,
      stream,
      request,
      close: () => {
        request.over();
        model.off('error', onModelError);
        stream.close();
      },
    };
    for (const frame of this.#heard.frames) give(hearing, frame);
    void this.#listen(hearing);
    return hearing;
  }

  async #listen(hearing: Hearing): Promise<void> {
    for await (const event of hearing.stream) this.#onEvent(hearing, event);
    if (!this.input.closed && !this.abortSignal.aborted) {
      this.#onFailed(hearing, new AnswerFault('cut'));
    }
  }

  #onEvent(hearing: Hearing, event: stt.SpeechEvent): void {
    const final =
      event.type === stt.SpeechEventType.FINAL_TRANSCRIPT && (event.alternatives?.[0].text ?? '');
    if (hearing === this.#second) {
      // Its other events belong to speech that the other one tells of as well.
      if (final) this.#takeOver(hearing, event);
      return;
    }
    if (hearing !== this.#main || this.queue.closed) return;
    this.queue.put(event);
    if (final) this.#understood(hearing);
  }

  #understood(hearing: Hearing): void {
    hearing.request.answered();
    clearTimeout(this.#lateTimer);
    this.#owed = false;
    this.#retries = 0;
    this.#heard.forget();
    this.#chain.members.answered(hearing.member);
    // Whoever hears with it to see if it works again goes on; a rescue is not needed any more.
    if (this.#second && this.#isPreferred(hearing, this.#second)) this.#endSecond();
  }

  /** The second one has understood. */
  #takeOver(hearing: Hearing, event: stt.SpeechEvent): void {
    const old = this.#main;
    const works = this.#chain.members;
    if (!this.#owed) {
      // The one at work was as quick; the one preferred goes on from here.
      if (old && this.#isPreferred(old, hearing)) return this.#endSecond();
    } else {
      if (old && this.#isPreferred(old, hearing))
        works.failed(old.member, new AnswerFault('timeout'));
      if (!this.queue.closed) this.queue.put(event);
    }
    this.#main = hearing;
    this.#second = undefined;
    old?.close();
    this.#understood(hearing);
  }

  #isPreferred(one: Hearing, other: Hearing): boolean {
    const { all } = this.#chain.members;
    return all.indexOf(one.member) < all.indexOf(other.member);
  }

  /** The caller spoke and nothing was understood: let another hear it. */
  #rescue(): void {
    const { members } = this.#chain;
    this.#chain.onLate();
    const other = members.order.find((member) => member !== this.#main?.member);
    if (other && this.#second?.member !== other) {
      this.#endSecond();
      this.#second = this.#open(other);
    }
    this.#lateTimer = setTimeout(() => {
      // Nobody made words of it, so it was none.
      this.#owed = false;
      this.#heard.forget();
      this.#endSecond();
      this.#chain.onUnheard();
    }, RESCUE_LIMIT_MS);
  }

  /** While another is at work: let the one preferred hear the caller too, once it may work again. */
  #tryAgain(): void {
    const { members } = this.#chain;
    const [preferred] = members.order;
    if (!preferred || this.#second || !this.#main || preferred === this.#main.member) return;
    this.#second = this.#open(preferred);
  }

  #endSecond(): void {
    const second = this.#second;
    this.#second = undefined;
    second?.close();
  }

  #onFailed(hearing: Hearing, error: unknown): void {
    if (hearing !== this.#main && hearing !== this.#second) return;
    hearing.request.over(error);
    hearing.close();
    const { members } = this.#chain;
    members.failed(hearing.member, error);
    if (hearing === this.#second) {
      this.#second = undefined;
      return;
    }
    this.#main = undefined;
    if (this.#second) {
      this.#main = this.#second;
      this.#second = undefined;
      return;
    }
    const [next] = members.order;
    if (next && members.isUp(next)) return this.#begin(next);
    if (this.#retries++ < MOST_RETRIES && members.all.length === 1) {
      this.#retryTimer = setTimeout(() => this.#begin(next), RETRY_MS);
      return;
    }
    this.#over.reject(failure(error));
  }
}

function give(hearing: Hearing, frame: AudioFrame): void {
  unlessClosed(() => hearing.stream.pushFrame(frame));
}

/** A stream that has ended by itself throws; its listener knows of it. */
function unlessClosed(act: () => void): void {
  try {
    act();
  } catch (error) {
    if (!(error instanceof Error && /is closed/.test(error.message))) throw error;
  }
}

function failure(cause: unknown): Error {
  const error = new APIConnectionError({
    message: 'no recogniser hears the caller',
    options: { retryable: false },
  });
  return Object.assign(error, { cause });
}
