import { APIConnectionError, stt } from '@livekit/agents';
import { HeardAudio } from './heard-audio.ts';
import { Hearing } from './hearing.ts';
import type { Member } from './members.ts';
import { OwedWords, RESCUE_LIMIT_MS } from './owed-words.ts';
import type { SttChain } from './stt-chain.ts';
import { AnswerFault } from './switches.ts';

/** A lone recogniser is tried again after this. */
const RETRY_MS = 500;
const MOST_RETRIES = 3;

/**
 * One caller heard by a chain: one recogniser at work, and a second one for as long as the first is
 * late, or as the one preferred may work again. Whoever has words first goes on alone.
 */
export class SttChainStream extends stt.SpeechStream {
  override label = 'SttChainStream';
  readonly #chain: SttChain;
  readonly #heard = new HeardAudio();
  readonly #over = Promise.withResolvers<void>();
  readonly #words = new OwedWords({
    onLate: () => this.#rescue(),
    onUnheard: () => this.#giveUp(),
  });
  #main: Hearing | undefined;
  /** Hears what `main` did not understand, or whether a failed one works again. */
  #second: Hearing | undefined;
  /** Since when `second` has not told what `main` has told already, Unix ms. */
  #secondOwesSinceMs: number | undefined;
  #retryTimer: NodeJS.Timeout | undefined;
  #retries = 0;

  constructor(chain: SttChain) {
    super(chain, undefined, { maxRetry: 0, retryIntervalMs: 0, timeoutMs: RESCUE_LIMIT_MS });
    this.#chain = chain;
  }

  /** What voice detection says of the caller. */
  onCallerSpeaking(speaking: boolean): void {
    if (this.abortSignal.aborted) return;
    if (!speaking) return this.#words.onSilence(this.#main?.member.timeoutMs ?? 0);
    this.#words.onSpeech();
    this.#heard.onSpeech();
    this.#tryAgain();
  }

  protected async run(): Promise<void> {
    this.#begin(this.#chain.members.order[0]);
    const pumping = this.#pump();
    this.abortSignal.addEventListener('abort', () => this.#over.resolve());
    try {
      await Promise.race([pumping, this.#over.promise]);
    } finally {
      this.#words.close();
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
        for (const hearing of this.#hearings()) hearing.flush();
        continue;
      }
      this.#heard.push(item);
      for (const hearing of this.#hearings()) hearing.push(item);
    }
    for (const hearing of this.#hearings()) hearing.endInput();
  }

  #hearings(): Hearing[] {
    return [this.#main, this.#second].filter((hearing) => hearing !== undefined);
  }

  #begin(member: Member<stt.STT> | undefined): void {
    if (member) this.#main = this.#open(member);
  }

  /** Have a recogniser hear everything that was not understood, and what follows. */
  #open(member: Member<stt.STT>): Hearing {
    const hearing: Hearing = new Hearing({
      member,
      heard: this.#heard.frames,
      timeoutMs: RESCUE_LIMIT_MS,
      onEvent: (event) => this.#onEvent(hearing, event),
      onFailed: (error) => this.#onFailed(hearing, error),
      onRequest: this.#chain.onRequest,
    });
    return hearing;
  }

  #onEvent(hearing: Hearing, event: stt.SpeechEvent): void {
    const final =
      event.type === stt.SpeechEventType.FINAL_TRANSCRIPT && (event.alternatives?.[0].text ?? '');
    if (hearing === this.#second) {
      // Its other events belong to speech that the other one tells of as well.
      if (final) this.#onSecondUnderstood(hearing, event);
      return;
    }
    if (hearing !== this.#main || this.queue.closed) return;
    this.queue.put(event);
    if (final) this.#understood(hearing);
  }

  #understood(hearing: Hearing): void {
    hearing.answered();
    this.#words.understood();
    this.#retries = 0;
    this.#heard.forget();
    this.#chain.members.answered(hearing.member);
    if (!this.#second) return;
    // A rescue is not needed any more.
    if (this.#isPreferred(hearing, this.#second)) return this.#endSecond();
    // Whoever hears to see if it works again may be a little slower, but not miss what was said.
    this.#secondOwesSinceMs ??= Date.now();
    if (Date.now() - this.#secondOwesSinceMs <= RESCUE_LIMIT_MS) return;
    this.#chain.members.failed(this.#second.member, new AnswerFault('timeout'));
    this.#endSecond();
  }

  #onSecondUnderstood(hearing: Hearing, event: stt.SpeechEvent): void {
    const old = this.#main;
    const isPreferred = !old || this.#isPreferred(hearing, old);
    const owesSinceMs = this.#secondOwesSinceMs ?? Number.NEGATIVE_INFINITY;
    const isLate = Date.now() - owesSinceMs <= RESCUE_LIMIT_MS;
    this.#secondOwesSinceMs = undefined;
    if (this.#words.owed) {
      // The caller speaks on, and these are words that were told already: the next ones count.
      if (isLate) return;
      if (!isPreferred) this.#chain.members.failed(old.member, new AnswerFault('timeout'));
      if (!this.queue.closed) this.queue.put(event);
    } else if (!isPreferred) {
      // The one at work was as quick.
      return this.#endSecond();
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
    this.#chain.onLate();
    this.#secondOwesSinceMs = undefined;
    const other = this.#chain.members.order.find((member) => member !== this.#main?.member);
    if (!other || this.#second?.member === other) return;
    this.#endSecond();
    this.#second = this.#open(other);
  }

  /** Nobody made words of it. */
  #giveUp(): void {
    this.#heard.forget();
    this.#endSecond();
    this.#chain.onUnheard();
  }

  /** While another is at work: let the one preferred hear the caller too, once it may work again. */
  #tryAgain(): void {
    const [preferred] = this.#chain.members.order;
    if (!preferred || this.#second || !this.#main || preferred === this.#main.member) return;
    this.#second = this.#open(preferred);
  }

  #endSecond(): void {
    const second = this.#second;
    this.#second = undefined;
    this.#secondOwesSinceMs = undefined;
    second?.close();
  }

  #onFailed(hearing: Hearing, error: unknown): void {
    if (hearing !== this.#main && hearing !== this.#second) return;
    // Who has no more to hear may end.
    if (this.input.closed || this.abortSignal.aborted) return;
    hearing.close(error);
    const { members } = this.#chain;
    members.failed(hearing.member, error);
    this.#secondOwesSinceMs = undefined;
    if (hearing === this.#main) this.#main = this.#second;
    this.#second = undefined;
    if (this.#main) return;
    const [next] = members.order;
    if (next && members.isUp(next)) return this.#begin(next);
    if (this.#retries++ < MOST_RETRIES && members.all.length === 1) {
      this.#retryTimer = setTimeout(() => this.#begin(next), RETRY_MS);
      return;
    }
    this.#over.reject(failure(error));
  }
}

function failure(cause: unknown): Error {
  const error = new APIConnectionError({
    message: 'no recogniser hears the caller',
    options: { retryable: false },
  });
  return Object.assign(error, { cause });
}
