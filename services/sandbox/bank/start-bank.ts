import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Logger } from '@patchbay/common/logger';
import { closeServer, listen } from '@patchbay/common/ops-server';
import { phoneNumberSchema } from '@patchbay/common/sip-users';
import { z } from 'zod';
import { requestUrl, sendJson } from '../http/json-http.ts';
import { Ledger, type Customer } from './ledger.ts';

export interface BankOptions {
  host: string;
  /** 0 takes a free port. */
  port: number;
  log: Logger;
  /** Who banks here. Default: the demo's customer alone. */
  customers?: readonly Customer[];
}

export interface Bank {
  /** `http://host:port`. */
  readonly url: string;
  readonly port: number;
  readonly ledger: Ledger;
  close(): Promise<void>;
}

const phoneSchema = z.object({
  phone: z.string({ error: 'is missing' }).pipe(phoneNumberSchema),
});
const pageSchema = z.object({
  limit: z.coerce
    .number({ error: 'must be a number' })
    .int('must be a whole number')
    .min(1, 'must be at least 1')
    .max(100, 'must be at most 100')
    .default(10),
});
const keySchema = z.object({
  'Idempotency-Key': z
    .string({ error: 'header is missing' })
    .regex(/^[\x21-\x7e]{1,200}$/, 'must have 1 to 200 printable characters without spaces'),
});

/** The request can't be served; the message names the field. */
class Refusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/**
 * Start the bank's back end: accounts by phone number, their transactions, blocking a card. State is
 * in memory and gone when it closes; `POST /admin/restore?phone=` has one customer be as in the
 * beginning.
 *
 * @throws z.ZodError if a given customer is malformed; the socket's error if the port is taken
 */
export async function startBank(options: BankOptions): Promise<Bank> {
  const ledger = new Ledger(options.customers);
  const server = createServer((request, response) => {
    request.resume();
    try {
      sendJson(response, 200, serve(ledger, request));
    } catch (error) {
      if (error instanceof Refusal) return refuse(response, error);
      options.log.error({ err: error }, 'bank request failed');
      sendJson(response, 500, { error: 'internal error' });
    }
  });
  const port = await listen(server, options.port, options.host);
  return { url: `http://${options.host}:${port}`, port, ledger, close: () => closeServer(server) };
}

function serve(ledger: Ledger, request: IncomingMessage): unknown {
  const url = requestUrl(request);
  const query = Object.fromEntries(url.searchParams);
  const parts = url.pathname.split('/').slice(1);
  if (url.pathname === '/healthz') {
    allow(request, 'GET');
    return { alive: true };
  }
  if (url.pathname === '/v1/accounts') {
    allow(request, 'GET');
    return accountOf(ledger, check(phoneSchema, query).phone);
  }
  if (url.pathname === '/admin/restore') {
    allow(request, 'POST');
    const { phone } = check(phoneSchema, query);
    ledger.restore(phone);
    return accountOf(ledger, phone);
  }
  const [v1, accounts, id = '', ...rest] = parts;
  const action = v1 === 'v1' && accounts === 'accounts' ? rest.join('/') : '';
  if (action === 'transactions') {
    allow(request, 'GET');
    const { limit } = check(pageSchema, query);
    return { transactions: account(ledger, id).transactions.slice(0, limit) };
  }
  if (action === 'card/block') {
    allow(request, 'POST');
    const customer = account(ledger, id);
    const header = { 'Idempotency-Key': request.headers['idempotency-key'] };
    const { 'Idempotency-Key': key } = check(keySchema, header);
    const card = ledger.block(customer, key);
    if (!card) throw new Refusal(409, 'Idempotency-Key: was used for another account');
    return card;
  }
  throw new Refusal(404, `not served here: ${request.method} ${url.pathname}`);
}

function accountOf(ledger: Ledger, phone: string) {
  const customer = ledger.byPhone(phone);
  if (!customer) throw new Refusal(404, 'phone: no account has this number');
  const { id, holder, currency, balanceMinor, card } = customer;
  return { id, holder, currency, balanceMinor, card };
}

function account(ledger: Ledger, id: string): Customer {
  const customer = ledger.byId(id);
  if (!customer) throw new Refusal(404, 'id: there is no such account');
  return customer;
}

function allow(request: IncomingMessage, method: string): void {
  if (request.method !== method) throw new Refusal(405, `only ${method} is served here`);
}

function check<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new Refusal(400, faults.join('; '));
}

function refuse(response: ServerResponse, refusal: Refusal): void {
  sendJson(response, refusal.status, { error: refusal.message });
}
