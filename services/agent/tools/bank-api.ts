import { z } from 'zod';

const accountSchema = z.object({
  id: z.string(),
  holder: z.string(),
  currency: z.string(),
  balanceMinor: z.number().int(),
  card: z.object({ last4: z.string(), status: z.string() }),
});
const transactionsSchema = z.object({
  transactions: z.array(
    z.object({ date: z.iso.date(), description: z.string(), amountMinor: z.number().int() }),
  ),
});
const blockSchema = z.object({ last4: z.string(), status: z.literal('blocked') });

export type Account = z.output<typeof accountSchema>;
export type Transaction = z.output<typeof transactionsSchema>['transactions'][number];

export type BankApiFaultKind = 'not-found' | 'refused' | 'unavailable' | 'bad-answer';

/** The bank could not do what was asked. `kind` says whether asking again later can help. */
export class BankApiError extends Error {
  readonly kind: BankApiFaultKind;

  constructor(kind: BankApiFaultKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'BankApiError';
    this.kind = kind;
  }
}

export interface BankApiOptions {
  /** Base URL, for example `https://bank.example/`. */
  baseUrl: string;
  /** Longest wait for a whole answer; a caller is listening. Default 3000. */
  timeoutMs?: number;
}

/** Typed client of the bank's REST API. Every call rejects with {@link BankApiError} and nothing else. */
export class BankApi {
  readonly #baseUrl: string;
  readonly #timeoutMs: number;

  constructor(options: BankApiOptions) {
    this.#baseUrl = options.baseUrl.replace(/\/+$/, '');
    this.#timeoutMs = options.timeoutMs ?? 3_000;
  }

  /** The account whose holder has this phone number (E.164). */
  account(phone: string): Promise<Account> {
    return this.#request(`/v1/accounts?phone=${encodeURIComponent(phone)}`, accountSchema);
  }

  /** The latest transactions, newest first. */
  async transactions(accountId: string, limit: number): Promise<Transaction[]> {
    const path = `/v1/accounts/${encodeURIComponent(accountId)}/transactions?limit=${limit}`;
    return (await this.#request(path, transactionsSchema)).transactions;
  }

  /**
   * Block the account's card. Safe to repeat with the same key.
   *
   * @param idempotencyKey one per call and intention
   */
  blockCard(accountId: string, idempotencyKey: string): Promise<z.output<typeof blockSchema>> {
    return this.#request(`/v1/accounts/${encodeURIComponent(accountId)}/card/block`, blockSchema, {
      method: 'POST',
      headers: { 'idempotency-key': idempotencyKey },
    });
  }

  async #request<S extends z.ZodType>(
    path: string,
    schema: S,
    init: { method?: string; headers?: Record<string, string> } = {},
  ): Promise<z.output<S>> {
    let status: number;
    let text: string;
    try {
      const signal = AbortSignal.timeout(this.#timeoutMs);
      const response = await fetch(this.#baseUrl + path, { ...init, signal });
      status = response.status;
      text = await response.text();
    } catch (cause) {
      throw new BankApiError('unavailable', `the bank did not answer: ${String(cause)}`, { cause });
    }
    if (status === 404) throw new BankApiError('not-found', 'the bank has no such account');
    if (status >= 500 || status === 429) {
      throw new BankApiError('unavailable', `the bank answered with status ${status}`);
    }
    if (status >= 400) {
      throw new BankApiError('refused', `the bank refused with status ${status}`);
    }
    const parsed = schema.safeParse(parseJson(text));
    if (!parsed.success) {
      const fields = parsed.error.issues.map((issue) => issue.path.join('.') || '(body)');
      throw new BankApiError('bad-answer', `the bank's answer is wrong in: ${fields.join(', ')}`);
    }
    return parsed.data;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
