import { z } from 'zod';
import { remember } from '@patchbay/common/remember';
import { agentNameSchema } from '@patchbay/common/room-contract';
import { phoneNumberSchema } from '@patchbay/common/sip-users';
import type { CallContext } from './call-context.ts';
import type { Call } from './call.ts';
import type { Outcome } from './outcome.ts';
import { OutboundCall, type DialOrder } from './outbound-call.ts';
import type { OutboundLeg } from './sip/leg.ts';
import type { DialPlan } from './sip/outbound.ts';
import type { Trunk, TrunkPasswords } from './sip/trunk.ts';

/** Longer than any network lets a phone ring. */
const LONGEST_RING_MS = 180_000;
/** Ended calls whose outcome can still be asked for. */
const REMEMBERED = 1_000;

const orderSchema = z.strictObject({
  to: phoneNumberSchema,
  agent: agentNameSchema,
  /** The call's id, where whoever orders wants to know it before; made here by default. */
  callId: z
    .string()
    .regex(/^[0-9a-f]{32}$/, 'must be 32 hexadecimal digits')
    .optional(),
  /** By default the only trunk for calls out. */
  trunk: z.string().optional(),
  /** One of the trunk's numbers; by default the first. */
  from: z.string().optional(),
  ringLimitMs: z.int().min(1_000).max(LONGEST_RING_MS).optional(),
  earlyMedia: z.boolean().default(false),
});

/** What is told of a call that was placed. */
export interface PlacedCall {
  callId: string;
  room: string;
  /** As in the call's own state machine, and `ringing`; `ended` has a result. */
  state: string;
  result?: string;
  detail?: string;
  /** Final status of the INVITE. */
  status?: number;
}

export type Placed =
  | { kind: 'placed'; call: PlacedCall }
  /** The order is wrong. */
  | { kind: 'bad'; faults: string[] }
  /** No call can be taken now. */
  | { kind: 'busy'; outcome: Outcome };

export interface DialDeskOptions {
  context: CallContext;
  trunks: readonly Trunk[];
  passwords: TrunkPasswords;
  ringLimitMs: number;
  leg(plan: DialPlan): OutboundLeg;
  run(call: Call): void;
  /** Why no call may be placed now. */
  refusal(): Outcome | undefined;
}

/** Takes orders for calls out, and remembers how they ended. */
export class DialDesk {
  readonly #options: DialDeskOptions;
  readonly #trunks: ReadonlyMap<string, Trunk>;
  readonly #live = new Map<string, OutboundCall>();
  readonly #ended = new Map<string, PlacedCall>();

  constructor(options: DialDeskOptions) {
    this.#options = options;
    const out = options.trunks.filter(({ direction }) => direction !== 'inbound');
    this.#trunks = new Map(out.map((trunk) => [trunk.name, trunk]));
  }

  /** Place a call. Returns at once; ask {@link find} what became of it. */
  place(input: unknown): Placed {
    const read = orderSchema.safeParse(input);
    if (!read.success) {
      const faults = read.error.issues.map(
        ({ path, message }) => `${path.map(String).join('.') || 'body'}: ${message}`,
      );
      return { kind: 'bad', faults };
    }
    const { callId } = read.data;
    const there = callId === undefined ? undefined : this.find(callId);
    // The same order again, of somebody who did not hear our answer.
    if (there) return { kind: 'placed', call: there };
    const order = this.#complete(read.data);
    if (Array.isArray(order)) return { kind: 'bad', faults: order };
    const outcome = this.#options.refusal();
    if (outcome) return { kind: 'busy', outcome };
    const leg = this.#options.leg(this.#plan(order));
    const call = new OutboundCall(this.#options.context, leg, order, callId);
    this.#live.set(call.id, call);
    void call.finished.then(({ result, detail, sip }) => {
      this.#live.delete(call.id);
      this.#remember({
        callId: call.id,
        room: call.room,
        state: 'ended',
        result,
        detail,
        ...(sip?.status === undefined ? {} : { status: sip.status }),
      });
    });
    this.#options.run(call);
    return { kind: 'placed', call: { callId: call.id, room: call.room, state: call.state } };
  }

  find(callId: string): PlacedCall | undefined {
    const live = this.#live.get(callId);
    if (live) return { callId, room: live.room, state: live.rings ? 'ringing' : live.state };
    return this.#ended.get(callId);
  }

  /** Call it off, or hang up. @returns what is known of it then; undefined if there is no such call */
  cancel(callId: string): PlacedCall | undefined {
    this.#live.get(callId)?.cancel();
    return this.find(callId);
  }

  /** @returns what is missing, in words */
  #complete(order: z.output<typeof orderSchema>): DialOrder | string[] {
    const names = [...this.#trunks.keys()];
    const only = names.length === 1 ? names[0] : undefined;
    const trunk = this.#trunks.get(order.trunk ?? only ?? '');
    if (!trunk) {
      const known = names.length === 0 ? 'there is none' : `there are: ${names.join(', ')}`;
      return [`trunk: must name a trunk for calls out; ${known}`];
    }
    const numbers = Object.keys(trunk.numbers);
    const from = order.from ?? numbers[0];
    if (from === undefined || !numbers.includes(from)) {
      return [`from: must be a number of trunk ${trunk.name}`];
    }
    const { agent, to, earlyMedia, ringLimitMs = this.#options.ringLimitMs } = order;
    return { trunk, agent, to, from, earlyMedia, ringLimitMs };
  }

  #plan({ trunk, to, from }: DialOrder): DialPlan {
    const { outbound } = trunk;
    if (!outbound) throw new Error(`trunk ${trunk.name} has no way out`);
    const { host, port, transport, domain = host, user } = outbound;
    const password = user === undefined ? undefined : this.#options.passwords[trunk.name]?.[user];
    const place = host.includes(':') ? `[${host}]` : host;
    return {
      uri: `sip:${to}@${place}:${port};transport=${transport}`,
      from: `<sip:${from}@${domain.includes(':') ? `[${domain}]` : domain}>`,
      transport,
      ...(user !== undefined && password !== undefined
        ? { credentials: { username: user, password } }
        : {}),
    };
  }

  #remember(call: PlacedCall): void {
    remember(this.#ended, call.callId, call, REMEMBERED);
  }
}
