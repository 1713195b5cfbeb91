import { createHmac } from 'node:crypto';
import type { Logger } from '@patchbay/common/logger';
import { remember } from '@patchbay/common/remember';
import { newCallId } from '@patchbay/common/room-contract';
import type { Admission } from '../admission.ts';
import type { AgentSnapshot } from '@patchbay/common/agent-directory';
import { ApiError } from '../errors.ts';
import { LineError, type CallStatus, type Line } from './line.ts';

export interface CallDeskOptions {
  /** Ways out by name. */
  lines: ReadonlyMap<string, Line>;
  admission: Pick<Admission, 'admit' | 'ended' | 'knownWith'>;
  agents: { current(): AgentSnapshot | undefined };
  /** Calls out at once that were placed here. */
  maxCalls: number;
  /** Makes ids from idempotency keys; the same in every replica. */
  secret: string;
  log: Logger;
}

/** What somebody wants, checked by form. */
export interface CallWish {
  to: string;
  agent: string;
  via?: string | undefined;
  from?: string | undefined;
  ringLimitMs: number;
}

export interface CallAnswer extends CallStatus {
  via: string;
}

const RETRY_SECONDS = 5;
/** Orders with a key whose words are remembered. */
const REMEMBERED_WISHES = 10_000;

/** Takes orders for calls out. What a call's state is, its line knows. */
export class CallDesk {
  readonly #options: CallDeskOptions;
  /** Via of each call that was placed here and is not known to be over. */
  readonly #open = new Map<string, string>();
  /** What each id was ordered for, so that a key is not used for two things. */
  readonly #wishes = new Map<string, string>();

  constructor(options: CallDeskOptions) {
    this.#options = options;
  }

  /**
   * Place a call, or tell of the one that the same key has placed already.
   *
   * @param key who orders, and their `Idempotency-Key` if they gave one
   * @throws {ApiError}
   */
  async place(
    wish: CallWish,
    key: { index: number; idempotency: string | undefined },
  ): Promise<{ call: CallAnswer; isNew: boolean }> {
    const via = this.#viaOf(wish);
    const line = this.#line(via);
    const { admission, agents } = this.#options;
    const snapshot = admission.knownWith(wish.agent, agents.current());
    const callId = key.idempotency === undefined ? newCallId() : this.#idOf(key);
    if (key.idempotency !== undefined) {
      this.#checkSame(callId, { ...wish, via });
      const there = await said(line.find(callId));
      if (there) return { call: { ...there, via }, isNew: false };
    }
    await this.#checkLimit();
    admission.admit(snapshot, callId, undefined);
    this.#open.set(callId, via);
    if (key.idempotency !== undefined) {
      remember(this.#wishes, callId, wordsOf({ ...wish, via }), REMEMBERED_WISHES);
    }
    try {
      const { agent, to, from, ringLimitMs } = wish;
      const order = { callId, agent, to, ringLimitMs, ...(from === undefined ? {} : { from }) };
      const call = await said(line.place(order));
      this.#options.log.info({ callId, agent, via, calledNumber: to }, 'a call out was ordered');
      return { call: { ...call, via }, isNew: true };
    } catch (error) {
      this.#forget(callId);
      throw error;
    }
  }

  /** @throws {ApiError} not-found */
  async find(callId: string): Promise<CallAnswer> {
    for (const [via, line] of this.#linesFor(callId)) {
      const call = await said(line.find(callId));
      if (!call) continue;
      if (call.state === 'ended') this.#open.delete(callId);
      return { ...call, via };
    }
    throw new ApiError(
      'not-found',
      'There is no such call, or it is over and was placed elsewhere: then its record tells more.',
    );
  }

  /** Call it off, or hang up. @throws {ApiError} not-found */
  async cancel(callId: string): Promise<CallAnswer> {
    const before = await this.find(callId);
    if (before.state === 'ended') return before;
    await said(this.#line(before.via).cancel(callId));
    this.#options.log.info({ callId }, 'a call out was called off');
    return this.find(callId).catch(() => ({ ...before, state: 'ended' as const }));
  }

  /** A room is over, as LiveKit tells. */
  ended(callId: string): void {
    this.#open.delete(callId);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#options.lines.values()].map((line) => line.close()));
  }

  #viaOf({ via }: CallWish): string {
    const names = [...this.#options.lines.keys()];
    if (names.length === 0) {
      throw new ApiError('not-found', 'This installation has no way out for calls (API_OUTBOUND).');
    }
    const [first] = names;
    const chosen = via ?? (names.length === 1 ? first : undefined);
    if (chosen !== undefined && names.includes(chosen)) return chosen;
    throw new ApiError('bad-parameter', `via must be one of: ${names.join(', ')}.`, {
      field: 'via',
    });
  }

  #line(via: string): Line {
    const line = this.#options.lines.get(via);
    if (!line) throw new Error(`no line ${via}`);
    return line;
  }

  #linesFor(callId: string): [string, Line][] {
    const via = this.#open.get(callId);
    return via === undefined ? [...this.#options.lines] : [[via, this.#line(via)]];
  }

  /** Not to be guessed by others, and the same at every replica. */
  #idOf({ index, idempotency }: { index: number; idempotency: string | undefined }): string {
    return createHmac('sha256', this.#options.secret)
      .update(`call out ${index} ${idempotency}`)
      .digest('hex')
      .slice(0, 32);
  }

  #checkSame(callId: string, wish: CallWish): void {
    const earlier = this.#wishes.get(callId);
    if (earlier === undefined || earlier === wordsOf(wish)) return;
    throw new ApiError(
      'idempotency-conflict',
      'This Idempotency-Key was used for another call. Use a new one for each call.',
      { field: 'Idempotency-Key' },
    );
  }

  /** Before saying no, ask which calls are over by now. */
  async #checkLimit(): Promise<void> {
    const { maxCalls } = this.#options;
    if (this.#open.size < maxCalls) return;
    await Promise.all(
      [...this.#open.keys()].map((callId) =>
        this.find(callId).catch((error: unknown) => {
          if (error instanceof ApiError && error.code === 'not-found') this.#open.delete(callId);
        }),
      ),
    );
    if (this.#open.size < maxCalls) return;
    throw new ApiError('too-many-calls', `There are ${maxCalls} calls out already.`, {
      retryAfterSeconds: RETRY_SECONDS,
    });
  }

  #forget(callId: string): void {
    this.#open.delete(callId);
    this.#wishes.delete(callId);
    this.#options.admission.ended(callId);
  }
}

function wordsOf({ to, agent, via, from }: CallWish): string {
  return JSON.stringify([to, agent, via, from]);
}

/** The line's no in the API's words. @throws {ApiError} */
async function said<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof LineError)) throw error;
    const retry = { retryAfterSeconds: RETRY_SECONDS };
    switch (error.kind) {
      case 'order':
        throw new ApiError('bad-parameter', `The order was not taken: ${error.message}.`);
      case 'busy':
        throw new ApiError('no-line', `No call can be placed now: ${error.message}.`, retry);
      case 'away':
        throw new ApiError('no-line', `The way out does not answer: ${error.message}.`, retry);
    }
  }
}
