import type { Logger } from '@patchbay/common/logger';
import { callFields } from '@patchbay/common/tracing/trace-id';
import type { RoomEvent } from './livekit/events.ts';
import { pause, reasonOf } from '@patchbay/common/retry';

/** Who is in a room, as far as it matters here. */
export interface RoomPresence {
  caller: boolean;
  agent: boolean;
}

/** What the attendant does with LiveKit. Each may reject if LiveKit does not answer. */
export interface RoomDesk {
  /** @returns undefined if there is no such room */
  presence(room: string): Promise<RoomPresence | undefined>;
  /** What the agent was told when it was first sent for; undefined if the room is none of ours. */
  wanted(room: string): Promise<string | undefined>;
  sendAgent(room: string, metadata: string): Promise<void>;
  /** Tell the caller that nobody comes; resolves when it has been heard or the signal fires. */
  apologise(room: string, signal: AbortSignal): Promise<void>;
  close(room: string): Promise<void>;
}

export interface AttendantOptions {
  desk: RoomDesk;
  log: Logger;
  /** `sent` for each agent sent for again, `gave-up` for a caller nobody came to. */
  count: (what: 'sent' | 'gave-up') => void;
}

/** LiveKit sends for an agent as the caller joins; it gets this long before somebody looks. */
const FIRST_LOOK_MS = 2_000;
/** An agent that ends a call deletes the room right after; one that is lost does not. */
const AGENT_LEFT_LOOK_MS = 200;
/** A job needs about a second to come. */
const LOOK_EVERY_MS = 2_000;
/** Longest that a caller waits without an agent. */
const GIVE_UP_MS = 10_000;

/**
 * Leaves no caller alone. LiveKit sends for an agent once, when the caller joins: if no worker was
 * there, or the agent's process dies, nobody comes ever after. LiveKit's events tell who came and
 * went; who is there now is always asked of LiveKit itself, so that a lost event or a second replica
 * can't lead to a wrong act.
 */
export class Attendant {
  readonly #options: AttendantOptions;
  readonly #watches = new Map<string, { stop: AbortController; done: Promise<void> }>();

  constructor(options: AttendantOptions) {
    this.#options = options;
  }

  /** Rooms looked after now. */
  get watching(): number {
    return this.#watches.size;
  }

  handle(event: RoomEvent): void {
    const room = event.room?.name;
    if (!room) return;
    const agent = event.participant?.kind === 'AGENT';
    switch (event.event) {
      case 'participant_joined':
        if (!agent) this.#watch(room, FIRST_LOOK_MS);
        return;
      case 'participant_left':
      case 'participant_connection_aborted':
        if (agent) this.#watch(room, AGENT_LEFT_LOOK_MS);
        return;
      case 'room_finished':
        this.#watches.get(room)?.stop.abort();
        return;
      default:
        return;
    }
  }

  /** Look no further and forget every room; another replica hears what happens next. */
  async close(): Promise<void> {
    const watches = [...this.#watches.values()];
    for (const { stop } of watches) stop.abort();
    await Promise.all(watches.map(({ done }) => done));
  }

  #watch(room: string, delayMs: number): void {
    this.#watches.get(room)?.stop.abort();
    const stop = new AbortController();
    const done = this.#attend(room, delayMs, stop.signal).finally(() => {
      if (this.#watches.get(room)?.stop === stop) this.#watches.delete(room);
    });
    this.#watches.set(room, { stop, done });
  }

  /** Never rejects. */
  async #attend(room: string, delayMs: number, signal: AbortSignal): Promise<void> {
    const giveUpAtMs = performance.now() + GIVE_UP_MS;
    const log = this.#options.log.child(callFields({ room }));
    await pause(delayMs, signal);
    while (!signal.aborted) {
      try {
        const wanted = await this.#missing(room);
        if (wanted === undefined) return;
        if (performance.now() >= giveUpAtMs) return await this.#giveUp(room, log, signal);
        await this.#options.desk.sendAgent(room, wanted);
        this.#options.count('sent');
        log.warn('a caller has no agent, sent for one again');
      } catch (error) {
        log.warn({ reason: reasonOf(error) }, 'a room could not be looked after, trying again');
        if (performance.now() >= giveUpAtMs) return;
      }
      const leftMs = giveUpAtMs - performance.now();
      await pause(Math.min(LOOK_EVERY_MS, Math.max(leftMs, 0) + 1), signal);
    }
  }

  /** @returns what the agent is to be told that a caller waits for; undefined if nobody waits */
  async #missing(room: string): Promise<string | undefined> {
    const presence = await this.#options.desk.presence(room);
    if (!presence?.caller || presence.agent) return undefined;
    return this.#options.desk.wanted(room);
  }

  async #giveUp(room: string, log: Logger, signal: AbortSignal): Promise<void> {
    const { desk, count } = this.#options;
    count('gave-up');
    log.error(
      { waitedMs: GIVE_UP_MS },
      'no agent came to a caller, apologising and ending the call',
    );
    try {
      await desk.apologise(room, signal);
    } finally {
      await desk.close(room);
    }
  }
}
