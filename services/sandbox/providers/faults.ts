import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';

export const PROVIDERS = ['deepgram', 'openai', 'cartesia'] as const;
export type ProviderName = (typeof PROVIDERS)[number];

/**
 * How a provider shall misbehave. A request is: a connection or an utterance (deepgram), an HTTP
 * request (openai), a connection, a generation or an HTTP request (cartesia).
 */
export const faultSchema = z.strictObject({
  provider: z.enum(PROVIDERS),
  /** Wait this long before the first byte of the answer. Connecting is never delayed. Default 0. */
  delayMs: z.number().int().min(0).max(600_000).default(0),
  /** Refuse with this HTTP status; on an open Cartesia socket, with an error frame. */
  status: z.number().int().min(400).max(599).optional(),
  /** Take requests and never answer. */
  hang: z.boolean().default(false),
  /** Break the connection in the middle of the answer. */
  cut: z.boolean().default(false),
  /** How many requests it hits; without it, all until it is cleared. */
  times: z.number().int().min(1).optional(),
});
export type Fault = z.output<typeof faultSchema>;

/** Faults now in force, at most one a provider. */
export class FaultBoard {
  readonly #faults = new Map<ProviderName, Fault>();

  /** Replaces the provider's fault. */
  set(fault: z.input<typeof faultSchema>): Fault {
    const checked = faultSchema.parse(fault);
    this.#faults.set(checked.provider, checked);
    return checked;
  }

  /** @param provider all of them if absent */
  clear(provider?: ProviderName): void {
    if (provider) this.#faults.delete(provider);
    else this.#faults.clear();
  }

  list(): Fault[] {
    return [...this.#faults.values()];
  }

  /** The status with which to refuse a new connection, if any; counts as one request. */
  takeRefusal(provider: ProviderName): number | undefined {
    const fault = this.#faults.get(provider);
    return fault?.status === undefined ? undefined : this.take(provider)?.status;
  }

  /** The fault that this request shall suffer, if any. */
  take(provider: ProviderName): Fault | undefined {
    const fault = this.#faults.get(provider);
    if (fault?.times === undefined) return fault;
    if (fault.times > 1) this.#faults.set(provider, { ...fault, times: fault.times - 1 });
    else this.#faults.delete(provider);
    return fault;
  }
}

/**
 * Wait as the fault says.
 *
 * @param signal ends the wait when the client is gone
 * @returns false if the request must never be answered (a hang, or the client is gone)
 */
export async function suffer(fault: Fault | undefined, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted || fault?.hang) return false;
  if (!fault?.delayMs) return true;
  return sleep(fault.delayMs, true, { signal }).catch(() => false);
}
