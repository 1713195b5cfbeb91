import { workerUrls, type LookupAll } from '@patchbay/common/agent-addresses';
import { CALL_RESULTS } from '@patchbay/common/call-record';
import { z } from 'zod';
import { LineError, type CallStateName, type CallStatus, type Line, type Order } from './line.ts';

const TIMEOUT_MS = 5_000;

/** What the bridge tells of a call (docs/decisions/0005). */
const placedSchema = z.object({
  callId: z.string(),
  room: z.string(),
  state: z.string(),
  result: z.enum(CALL_RESULTS).optional(),
  detail: z.string().optional(),
  status: z.number().optional(),
});
const refusalSchema = z.object({ error: z.string(), faults: z.array(z.string()).default([]) });

export interface BridgeLineOptions {
  /** The door for calls out; each address of the name is one bridge. */
  url: string;
  key: string;
  trunk: string | undefined;
  resolve?: LookupAll;
}

/** Calls out by a trunk of the bridge. */
export class BridgeLine implements Line {
  readonly #options: BridgeLineOptions;

  constructor(options: BridgeLineOptions) {
    this.#options = options;
  }

  /** Asks one bridge after the other, as long as they are away or full. */
  async place(order: Order): Promise<CallStatus> {
    const { trunk } = this.#options;
    const body = JSON.stringify({ ...order, ...(trunk === undefined ? {} : { trunk }) });
    let refusal = new LineError('away', 'no bridge answers');
    for (const bridge of shuffled(await this.#bridges())) {
      const response = await this.#ask(bridge, '/calls', { method: 'POST', body });
      if (!response) continue;
      const answer: unknown = await response.json();
      if (response.status === 202) return statusOf(placedSchema.parse(answer));
      const { error, faults } = refusalSchema.parse(answer);
      if (response.status === 400) throw new LineError('order', faults.join('; ') || error);
      refusal = new LineError(response.status === 503 ? 'busy' : 'away', error);
    }
    throw refusal;
  }

  async find(callId: string): Promise<CallStatus | undefined> {
    const answers = await this.#askAll(callId, 'GET');
    const found = answers.find((answer) => answer?.ok);
    return found && statusOf(placedSchema.parse(await found.json()));
  }

  async cancel(callId: string): Promise<boolean> {
    const answers = await this.#askAll(callId, 'DELETE');
    return answers.some((answer) => answer?.ok);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  async #askAll(callId: string, method: string): Promise<(Response | undefined)[]> {
    const bridges = await this.#bridges();
    return Promise.all(bridges.map((bridge) => this.#ask(bridge, `/calls/${callId}`, { method })));
  }

  async #bridges(): Promise<string[]> {
    const { url, resolve } = this.#options;
    try {
      return await workerUrls(url, resolve);
    } catch {
      throw new LineError('away', 'the bridges’ name is not known');
    }
  }

  /** @returns undefined if it does not answer */
  async #ask(bridge: string, path: string, request: RequestInit): Promise<Response | undefined> {
    try {
      return await fetch(new URL(path, bridge), {
        ...request,
        headers: {
          authorization: `Bearer ${this.#options.key}`,
          'content-type': 'application/json',
        },
        redirect: 'error',
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
    } catch {
      return undefined;
    }
  }
}

function statusOf({ callId, room, ...told }: z.output<typeof placedSchema>): CallStatus {
  const { state, result, detail, status } = told;
  return {
    callId,
    room,
    state: stateOf(state),
    ...(result === undefined ? {} : { result }),
    ...(detail === undefined ? {} : { detail }),
    ...(status === undefined ? {} : { sipStatus: status }),
  };
}

/** The bridge's states in our words; it has more of them before the agent is there. */
function stateOf(state: string): CallStateName {
  switch (state) {
    case 'dialling':
      return 'dialing';
    case 'ringing':
    case 'active':
      return state;
    case 'ending':
    case 'ended':
      return 'ended';
    default:
      return 'preparing';
  }
}

/** So that the bridges share the calls. */
function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, at: Math.random() }))
    .sort((one, other) => one.at - other.at)
    .map(({ item }) => item);
}
