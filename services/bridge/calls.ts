import type { Logger } from '@patchbay/common/logger';
import { atMost } from '@patchbay/common/retry';
import type { Call } from './call.ts';
import { InboundCall } from './inbound-call.ts';
import type { CallContext } from './call-context.ts';
import type { Outcome } from './outcome.ts';
import type { SipLeg } from './sip/leg.ts';

/** How long ended calls may take to give back what they hold before we go on without them. */
const GIVE_BACK_MS = 10_000;

/** All calls of the process. */
export class Calls {
  readonly #context: CallContext;
  readonly #log: Logger;
  readonly #active = new Set<Call>();
  /** When each began; the first is the oldest. */
  readonly #began = new Map<Call, number>();

  constructor(context: CallContext) {
    this.#context = context;
    this.#log = context.log;
  }

  /** Calls from INVITE until nothing of them is left. */
  get active(): number {
    return this.#active.size;
  }

  /** Age of the oldest call in ms; 0 without calls. */
  get oldestMs(): number {
    for (const beganMs of this.#began.values()) return performance.now() - beganMs;
    return 0;
  }

  accept(leg: SipLeg): void {
    this.run(new InboundCall(this.#context, leg));
  }

  /** Start a call and keep count of it. */
  run(call: Call): void {
    this.#active.add(call);
    this.#began.set(call, performance.now());
    void call.finished.then(() => {
      this.#active.delete(call);
      this.#began.delete(call);
    });
    call.start();
  }

  /** Wait until all calls are over, at most `limitMs`; then end the rest. */
  async drain(limitMs: number): Promise<void> {
    if (this.#active.size > 0) {
      this.#log.info({ calls: this.#active.size, limitMs }, 'waiting for calls to end');
    }
    await this.#allFinished(limitMs);
    const left = this.#active.size;
    if (left === 0) return;
    this.#log.warn({ calls: left }, 'ending the calls that are left');
    const outcome: Outcome = { result: 'drained', detail: 'The bridge was shut down.' };
    for (const call of this.#active) call.end(outcome);
    await this.#allFinished(GIVE_BACK_MS);
  }

  async #allFinished(limitMs: number): Promise<void> {
    await atMost(limitMs, Promise.all([...this.#active].map((call) => call.finished)));
  }
}
