import { randomUUID } from 'node:crypto';
import { nowMs } from '@patchbay/sandbox/telephone/now';
import type { Caller } from './caller.ts';
import { converse, prepare, StepError } from './conversation.ts';
import type { Overload } from './overload.ts';
import type { CallPlan } from './plan.ts';
import type { CallFailure, CallResult } from './result.ts';
import { TokenError } from './web-token.ts';

/** Results that are kept for whoever asks later. */
const KEEP_RESULTS = 5_000;

export interface CallDeskOptions {
  /** Begins a call; the promise may take as long as the way to a caller takes (a token, a join). */
  dial: (plan: CallPlan) => Promise<Caller>;
  overload: Pick<Overload, 'doubt'>;
  maxCalls: number;
  trunk: string;
}

interface Entry {
  result: CallResult;
  done: Promise<void>;
  breakOff: (reason: string) => void;
  caller?: Caller;
}

/** Takes orders for calls, runs them all at once, and keeps what became of them. */
export class CallDesk {
  readonly #options: CallDeskOptions;
  readonly #entries = new Map<string, Entry>();
  #active = 0;

  constructor(options: CallDeskOptions) {
    this.#options = options;
  }

  get active(): number {
    return this.#active;
  }

  /** Those that are up now. */
  get callers(): Caller[] {
    return [...this.#entries.values()].flatMap(({ caller, result }) =>
      caller && result.state === 'running' ? [caller] : [],
    );
  }

  get results(): CallResult[] {
    return [...this.#entries.values()].map(({ result }) => result);
  }

  /** @returns the call's id, or undefined if there are as many calls as this driver takes */
  place(plan: CallPlan): string | undefined {
    if (this.#active >= this.#options.maxCalls) return undefined;
    this.#active++;
    const result: CallResult = {
      id: randomUUID(),
      state: 'running',
      door: plan.door,
      budgetDoor: plan.door === 'phone' ? 'reach' : 'web',
      agent: plan.agent,
      trunk: plan.door === 'phone' ? this.#options.trunk : 'none',
      startedAtMs: nowMs(),
      atOnce: this.#active,
      ok: false,
      understood: false,
      stepsMs: {},
      turns: [],
      stages: [],
      vouched: true,
    };
    const limit = Promise.withResolvers<never>();
    limit.promise.catch(() => undefined);
    const breakOff = (reason: string) => limit.reject(new StepError('limit', reason));
    const entry: Entry = { result, done: Promise.resolve(), breakOff };
    this.#entries.set(result.id, entry);
    entry.done = this.#run(entry, plan, limit.promise).finally(() => this.#active--);
    this.#forget();
    return result.id;
  }

  get(id: string): CallResult | undefined {
    return this.#entries.get(id)?.result;
  }

  /** Wait until a call is over, or some time has gone. */
  async settled(id: string, waitMs: number): Promise<void> {
    const entry = this.#entries.get(id);
    if (entry) await within(entry.done, waitMs);
  }

  /** Hang up. @returns false if there is no such call */
  breakOff(id: string, reason: string): boolean {
    this.#entries.get(id)?.breakOff(reason);
    return this.#entries.has(id);
  }

  /** Hang up everything and wait until it is over. */
  async close(): Promise<void> {
    for (const { breakOff } of this.#entries.values()) breakOff('the driver was stopped');
    await Promise.all([...this.#entries.values()].map(({ done }) => done));
  }

  /** Never rejects. */
  async #run(entry: Entry, plan: CallPlan, limit: Promise<never>): Promise<void> {
    const { result } = entry;
    const timer = setTimeout(() => {
      entry.breakOff(`the call was not over after ${plan.callLimitMs / 1_000} s`);
    }, plan.callLimitMs);
    try {
      await prepare(plan);
      const dialling = this.#options.dial(plan);
      // A caller that comes after the call was broken off is sent away again.
      dialling
        .then((caller) => (result.state === 'done' ? caller.hangUp() : undefined))
        .catch(() => undefined);
      entry.caller = await Promise.race([dialling, limit]);
      const onTurn = (turn: CallResult['turns'][number]) => result.turns.push(turn);
      await Promise.race([converse(entry.caller, plan, onTurn), limit]);
    } catch (error) {
      result.failure = failureOf(error, plan.door);
    } finally {
      clearTimeout(timer);
    }
    await this.#finish(entry, plan);
  }

  async #finish({ result, caller }: Entry, plan: CallPlan): Promise<void> {
    if (caller) {
      await caller.hangUp().catch(() => undefined);
      result.endedBy = await caller.ended;
      result.reference = caller.reference;
      result.stepsMs = caller.stepsMs;
      result.stages = await caller.stages();
      const network = caller.network();
      if (network) result.network = network;
      result.pacingMs = caller.pacingMs().p99;
      const doubt = this.#options.overload.doubt(result.startedAtMs, result.pacingMs);
      if (doubt !== undefined) Object.assign(result, { vouched: false, doubt });
    }
    const toHear = plan.steps.filter((step) => step.do === 'say').length;
    result.understood = result.turns.length === toHear && result.turns.every(({ right }) => right);
    result.ok = result.failure === undefined && result.understood;
    result.endedAtMs = nowMs();
    result.state = 'done';
  }

  #forget(): void {
    for (const [id, { result }] of this.#entries) {
      if (this.#entries.size <= KEEP_RESULTS) return;
      if (result.state === 'done') this.#entries.delete(id);
    }
  }
}

function failureOf(error: unknown, door: CallPlan['door']): CallFailure {
  const reason = error instanceof Error ? error.message : String(error);
  if (error instanceof StepError) return { step: error.step, reason };
  if (error instanceof TokenError) return { step: 'token', reason };
  return { step: door === 'phone' ? 'dial' : 'answer', reason };
}

async function within(promise: Promise<void>, limitMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, limitMs)));
  await Promise.race([promise, late]);
  clearTimeout(timer);
}
