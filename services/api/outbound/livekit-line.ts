import { dialResult } from '@patchbay/common/dial-result';
import type { Logger } from '@patchbay/common/logger';
import { callFields } from '@patchbay/common/tracing/trace-id';
import { parseRoomName, roomName } from '@patchbay/common/room-contract';
import { remember } from '@patchbay/common/remember';
import { pause } from '@patchbay/common/retry';
import type { CallStateName, CallStatus, Line, Order } from './line.ts';
import type { LiveKitPhones } from './livekit-phones.ts';

/** The agent comes within this time, or the phone is not rung. */
const AGENT_WAIT_MS = 10_000;
const LOOK_EVERY_MS = 200;
/** Calls whose end can still be asked for. */
const REMEMBERED = 1_000;

export interface LiveKitLineOptions {
  phones: Pick<LiveKitPhones, 'trunkId' | 'open' | 'dial' | 'look' | 'rooms' | 'delete'>;
  log: Logger;
}

interface Placed {
  room: string;
  /** Set once it is known here how the call ended. */
  end?: Pick<CallStatus, 'result' | 'detail' | 'sipStatus'>;
}

/**
 * Calls out through LiveKit SIP. As at the bridge, the agent is there before the phone rings. Where
 * a call stands is read from its room; only how it ended has to be remembered.
 */
export class LiveKitLine implements Line {
  readonly #options: LiveKitLineOptions;
  readonly #stopped = new AbortController();
  readonly #placed = new Map<string, Placed>();
  readonly #running = new Set<Promise<void>>();

  constructor(options: LiveKitLineOptions) {
    this.#options = options;
  }

  async place(order: Order): Promise<CallStatus> {
    const { phones } = this.#options;
    const room = roomName('trunk', order.agent, order.callId);
    const trunkId = await phones.trunkId();
    await phones.open(room, order.agent);
    const placed: Placed = { room };
    remember(this.#placed, order.callId, placed, REMEMBERED);
    const running = this.#run(order, placed, trunkId).finally(() => this.#running.delete(running));
    this.#running.add(running);
    return { callId: order.callId, room, state: 'preparing' };
  }

  async find(callId: string): Promise<CallStatus | undefined> {
    const placed = this.#placed.get(callId);
    if (placed?.end) return { callId, room: placed.room, state: 'ended', ...placed.end };
    const room = placed?.room ?? (await this.#roomOf(callId));
    if (room === undefined) return undefined;
    const view = await this.#options.phones.look(room);
    if (view) return { callId, room, state: stateOf(view.phone) };
    if (!placed) return undefined;
    const detail = 'The call is over; its record says how.';
    return { callId, room, state: 'ended', detail };
  }

  async cancel(callId: string): Promise<boolean> {
    const status = await this.find(callId);
    if (!status || status.state === 'ended') return false;
    const placed = this.#placed.get(callId);
    if (placed) {
      placed.end =
        status.state === 'active'
          ? { result: 'agent-hangup', detail: 'The call was ended by order.' }
          : { result: 'caller-cancel', detail: 'The call was called off.' };
    }
    await this.#options.phones.delete(status.room);
    return true;
  }

  /** Calls in progress go on; what is still being prepared is given up. */
  async close(): Promise<void> {
    this.#stopped.abort();
    await Promise.all(this.#running);
  }

  /** Never rejects. */
  async #run(order: Order, placed: Placed, trunkId: string): Promise<void> {
    const { phones } = this.#options;
    const log = this.#options.log.child(callFields({ callId: order.callId }));
    const { room } = placed;
    try {
      if (!(await this.#agentComes(room))) {
        placed.end ??= { result: 'agent-unavailable', detail: 'The agent did not come in time.' };
      } else if (!placed.end) {
        // What rings goes on without us: LiveKit ends it by itself.
        const dialled = await this.#unlessClosed(phones.dial(trunkId, room, order));
        if (!dialled || dialled.kind === 'answered') return;
        const { status, reason } = dialled;
        const detail = `The call was not answered: ${status} ${reason}`.trim() + '.';
        placed.end ??= { result: dialResult(status), detail, sipStatus: status };
      }
    } catch (error) {
      log.error({ err: error }, 'a call out failed');
      placed.end ??= { result: 'room-failed', detail: 'LiveKit could not place the call.' };
    }
    log.info(placed.end, 'a call out was not answered');
    await phones.delete(room).catch((error: unknown) => {
      log.warn({ err: error }, 'the room of a call out could not be deleted');
    });
  }

  /** What comes of it, or undefined if this is closed first. */
  async #unlessClosed<Result>(work: Promise<Result>): Promise<Result | undefined> {
    const { signal } = this.#stopped;
    const closed = Promise.withResolvers<undefined>();
    const close = () => closed.resolve(undefined);
    if (signal.aborted) close();
    signal.addEventListener('abort', close);
    try {
      return await Promise.race([work, closed.promise]);
    } finally {
      signal.removeEventListener('abort', close);
    }
  }

  async #agentComes(room: string): Promise<boolean> {
    const { signal } = this.#stopped;
    const deadline = performance.now() + AGENT_WAIT_MS;
    while (!signal.aborted && performance.now() < deadline) {
      const view = await this.#options.phones.look(room);
      if (!view) return false;
      if (view.agent) return true;
      await pause(LOOK_EVERY_MS, signal);
    }
    return false;
  }

  async #roomOf(callId: string): Promise<string | undefined> {
    const rooms = await this.#options.phones.rooms();
    return rooms.find((room) => {
      const parts = parseRoomName(room);
      return parts?.door === 'trunk' && parts.callId === callId;
    });
  }
}

/** LiveKit SIP's `sip.callStatus` in our words; nobody there yet means that the agent is awaited. */
function stateOf(phone: string | undefined): CallStateName {
  switch (phone) {
    case undefined:
      return 'preparing';
    case 'dialing':
    case 'ringing':
      return phone;
    case 'hangup':
      return 'ended';
    default:
      return 'active';
  }
}
