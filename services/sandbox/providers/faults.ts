import type { IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';

/** `whisper` is OpenAI's transcription, `sarvam` its speech and `sarvam-stt` its recognition. */
export const PROVIDERS = [
  'deepgram',
  'whisper',
  'sarvam-stt',
  'openai',
  'groq',
  'cartesia',
  'sarvam',
] as const;
export type ProviderName = (typeof PROVIDERS)[number];

/** A request may bring its own fault, as JSON: {@link faultSchema} without `provider` and `times`. */
export const FAULT_HEADER = 'x-sandbox-fault';

/**
 * How a provider shall misbehave. A request is: a connection or an utterance (deepgram, sarvam-stt), an
 * HTTP request (whisper, openai, groq), a connection, a generation or an HTTP request (cartesia, sarvam).
 */
export const faultSchema = z.strictObject({
  provider: z.enum(PROVIDERS),
  /** Wait this long before the first byte of the answer. Connecting is never delayed. Default 0. */
  delayMs: z.number().int().min(0).max(600_000).default(0),
  /** Refuse with this HTTP status; on an open socket of speech, with an error frame. */
  status: z.number().int().min(400).max(599).optional(),
  /** Take requests and never answer. */
  hang: z.boolean().default(false),
  /** Break the connection in the middle of the answer. */
  cut: z.boolean().default(false),
  /** Answer with bytes that mean nothing. */
  garbage: z.boolean().default(false),
  /** How many requests it hits; without it, all until it is cleared. */
  times: z.number().int().min(1).optional(),
});
export type Fault = z.output<typeof faultSchema>;

const ownFaultSchema = faultSchema.omit({ provider: true, times: true });

/** The fault that a request brings along; undefined if none or not a valid one. */
export function faultOfRequest(
  provider: ProviderName,
  request: IncomingMessage,
): Fault | undefined {
  const header = request.headers[FAULT_HEADER];
  if (typeof header !== 'string') return undefined;
  let given: unknown;
  try {
    given = JSON.parse(header);
  } catch {
    return undefined;
  }
  const parsed = ownFaultSchema.safeParse(given);
  return parsed.success ? { provider, ...parsed.data } : undefined;
}

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
  takeRefusal(provider: ProviderName, request?: IncomingMessage): number | undefined {
    const own = request && faultOfRequest(provider, request)?.status;
    if (own !== undefined) return own;
    const fault = this.#faults.get(provider);
    return fault?.status === undefined ? undefined : this.take(provider)?.status;
  }

  /** The fault that this request shall suffer, if any. */
  take(provider: ProviderName, request?: IncomingMessage): Fault | undefined {
    const own = request && faultOfRequest(provider, request);
    if (own) return own;
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
