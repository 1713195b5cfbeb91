import { DisconnectReason } from '@livekit/rtc-node';
import type { Logger } from '@patchbay/common/logger';
import { atMost, pause } from '@patchbay/common/retry';
import type { EndReport } from '@patchbay/common/room-contract';
import { Closers } from '@patchbay/common/shutdown';
import type { JobEvent, JobResult } from '../job-events.ts';
import type { TransferOutcome } from '../phone/transfer.ts';
import type { RoomReports } from './room-reports.ts';

/** Longest an apology or a goodbye may take, the wait for an answered phone included. */
const LAST_WORDS_LIMIT_MS = 30_000;
/**
 * Between the last word and the end of the room: audio is still on its way through the jitter
 * buffers to the caller's ear, and data packets to the door.
 */
const SETTLE_MS = 500;
/** A line that was given away may end so much before the door's word of it is here. */
const TRANSFER_WORD_MS = 1_000;

/** Why an agent ends a call; `no-agent` is said where none came. */
export type OwnCause = Exclude<EndReport['cause'], 'no-agent'>;

export interface CallEndOptions {
  reports: Pick<RoomReports, 'end' | 'tellSummary'>;
  /** Deletes the room if it is still there. Never rejects. */
  deleteRoom: () => Promise<void>;
  /** Has the framework end the job. */
  shutdown: (reason: JobResult) => void;
  tell: (event: JobEvent) => void;
  /** The call is over: its trace ends. */
  onResult: (result: JobResult) => void;
  log: Logger;
}

type State =
  | { name: 'open' }
  /** The agent ends the call by itself; a caller who leaves then changes nothing. */
  | { name: 'ending'; result: OwnCause | 'internal-error' }
  | { name: 'over' };

/**
 * How a call ends, and the only place where it does. Whoever wants its end (the agent, the caller,
 * the room, the worker, a fault) says so here; the first decides the one {@link JobResult}, and
 * everything that the call has taken is given back.
 */
export class CallEnd {
  readonly #options: CallEndOptions;
  readonly #gone = new AbortController();
  readonly #begun = new AbortController();
  readonly #held: Closers;
  #state: State = { name: 'open' };
  #transfer: Promise<TransferOutcome> | undefined;

  constructor(options: CallEndOptions) {
    this.#options = options;
    this.#held = new Closers(options.log);
  }

  /** Aborted when nobody is there to listen any more. */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  /** Aborted when the end begins, whatever it is: nothing is said any more but last words. */
  get begun(): AbortSignal {
    return this.#begun.signal;
  }

  /** Called when the end begins, at once if it has begun. */
  onBegin(act: () => void): void {
    if (this.#begun.signal.aborted) act();
    else this.#begun.signal.addEventListener('abort', act, { once: true });
  }

  /** Own a thing: it is given back when the call is over, at once if it is over already. */
  hold(name: string, release: () => Promise<void> | void): void {
    this.#held.add(name, release);
  }

  /** The agent ends the call: say why, let the last words be heard, delete the room. Never rejects. */
  async hangUp(
    cause: OwnCause,
    lastWords: () => Promise<void> = () => Promise.resolve(),
  ): Promise<void> {
    if (this.#isDecided()) return;
    this.#options.reports.end({ cause });
    await this.#endWith(cause, lastWords);
  }

  /** Nobody is to be told anything: delete the room. Never rejects. */
  async leave(result: JobResult): Promise<void> {
    if (!this.#isDecided()) await this.#finish(result);
  }

  /** A caller was thought to be alone for whom an agent was on its way: leave the room as it is. */
  standBack(): void {
    if (this.#isDecided()) return;
    this.#settle('not-needed');
    this.#options.shutdown('not-needed');
  }

  /**
   * Something went wrong that nobody has foreseen. Never rejects.
   *
   * @param lastWords where somebody is there to hear them
   */
  async fail(error: unknown, lastWords?: () => Promise<void>): Promise<void> {
    // Of a call that is over already it is only what was in the middle of something.
    if (this.#state.name === 'over') return;
    this.#options.log.error({ err: error }, 'call failed');
    if (this.#isDecided()) return;
    if (lastWords) await this.#endWith('internal-error', lastWords);
    else await this.#finish('internal-error');
  }

  /** Give the caller to somebody else; if that does not work out, the call goes on. */
  async transfer(give: () => Promise<TransferOutcome>): Promise<TransferOutcome> {
    const transfer = give();
    this.#transfer = transfer;
    try {
      const outcome = await transfer;
      if (outcome.kind === 'done') void this.hangUp('transferred');
      return outcome;
    } finally {
      if (this.#transfer === transfer) this.#transfer = undefined;
    }
  }

  /** The caller is not in the room any more, and does not come back. Never rejects. */
  async onCallerLeft(): Promise<void> {
    this.#nobodyListens();
    // If the agent is hanging up, that goes on, only without waiting for anyone to hear it.
    if (this.#isDecided()) return;
    if (!this.#transfer) return this.leave('caller-hangup');
    const outcome = await atMost(TRANSFER_WORD_MS, this.#transfer);
    if (this.#isDecided()) return;
    if (outcome && outcome.kind !== 'done') return this.leave('caller-hangup');
    this.#options.reports.end({ cause: 'transferred' });
    return this.leave('transferred');
  }

  /** The connection to the room has ended. */
  onRoomGone(reason: DisconnectReason): void {
    this.#nobodyListens();
    this.#settle(this.#state.name === 'ending' ? this.#state.result : this.#resultOf(reason));
  }

  /** The framework ends the job, whoever asked for it. */
  onJobEnds(): void {
    this.#settle('drained');
  }

  /** Let the last words be heard, which nothing else may end any more, and delete the room. */
  async #endWith(
    result: OwnCause | 'internal-error',
    lastWords: () => Promise<void>,
  ): Promise<void> {
    this.#state = { name: 'ending', result };
    this.#begun.abort();
    const spoken = lastWords().catch((error: unknown) => {
      this.#options.log.error({ err: error }, 'last words could not be said');
    });
    await atMost(LAST_WORDS_LIMIT_MS, spoken, this.#gone.signal);
    await pause(SETTLE_MS, this.#gone.signal);
    await this.#finish(result);
  }

  /** Whether somebody has decided on the end. */
  #isDecided(): boolean {
    return this.#state.name !== 'open';
  }

  #nobodyListens(): void {
    this.#gone.abort();
    this.#begun.abort();
  }

  #resultOf(reason: DisconnectReason): JobResult {
    switch (reason) {
      // A door deletes the room when its call is over.
      case DisconnectReason.ROOM_DELETED:
        return this.#transfer ? 'transferred' : 'caller-hangup';
      // The framework leaves by itself only where the worker has to end before the call does.
      case DisconnectReason.CLIENT_INITIATED:
        return 'drained';
      default:
        return 'room-lost';
    }
  }

  async #finish(result: JobResult): Promise<void> {
    if (!this.#settle(result)) return;
    await this.#options.reports.tellSummary();
    await this.#options.deleteRoom();
    this.#options.shutdown(result);
  }

  /** @returns false if the call had a result before; only the first one counts */
  #settle(result: JobResult): boolean {
    if (this.#state.name === 'over') return false;
    this.#state = { name: 'over' };
    this.#begun.abort();
    void this.#held.close();
    this.#options.log.info({ result }, 'call ended');
    this.#options.onResult(result);
    this.#options.tell({ event: 'ended', result });
    return true;
  }
}
