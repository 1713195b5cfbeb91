import { createServer, type IncomingMessage, type Server } from 'node:http';
import { closeServer, listen } from '@patchbay/common/ops-server';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BankActions } from './bank-actions.ts';
import { BankApi, BankApiError } from './bank-api.ts';

const ACCOUNT = {
  id: 'acc/1',
  holder: 'Ada Byron',
  currency: 'USD',
  balanceMinor: 245_000,
  card: { last4: '4321', status: 'active' },
};

/** What the server saw, and what it answers next. */
let requests: { method: string; url: string; key: string | undefined }[];
let answers: Record<string, { status: number; body: unknown } | 'never'>;
let server: Server;
let api: BankApi;

beforeEach(async () => {
  requests = [];
  answers = { 'GET /v1/accounts': { status: 200, body: ACCOUNT } };
  server = createServer((request: IncomingMessage, response) => {
    const { method = '', url = '' } = request;
    const key = request.headers['idempotency-key'];
    requests.push({ method, url, key: typeof key === 'string' ? key : undefined });
    const answer = answers[`${method} ${url.split('?')[0]}`];
    if (answer === 'never') return;
    response.writeHead(answer?.status ?? 404);
    response.end(
      typeof answer?.body === 'string' ? answer.body : JSON.stringify(answer?.body ?? {}),
    );
  });
  const port = await listen(server, 0, '127.0.0.1');
  api = new BankApi({ baseUrl: `http://127.0.0.1:${port}/`, timeoutMs: 200 });
});

afterEach(() => closeServer(server));

function bank(customerPhone: string | undefined = '+12025550187') {
  return new BankActions({ api, customerPhone, callId: 'call1' });
}

async function faultOf(promise: Promise<unknown>): Promise<string> {
  const error: unknown = await promise.catch((reason: unknown) => reason);
  return error instanceof BankApiError ? error.kind : String(error);
}

describe('the bank tools', () => {
  it('say the balance in words and ask for the account by the phone number', async () => {
    expect(await bank().balance()).toEqual({
      currency: 'USD',
      balance_minor: 245_000,
      spoken: 'two thousand four hundred fifty dollars',
    });
    expect(requests[0]?.url).toBe('/v1/accounts?phone=%2B12025550187');
  });

  it('say each transaction with its day, what for, and which way the money went', async () => {
    answers['GET /v1/accounts/acc%2F1/transactions'] = {
      status: 200,
      body: {
        transactions: [
          { date: '2026-11-20', description: 'Coffee Shop', amountMinor: -450 },
          { date: '2026-11-01', description: 'Salary', amountMinor: 300_000 },
        ],
      },
    };
    const { transactions } = await bank().recentTransactions(2);
    expect(transactions.map(({ spoken }) => spoken)).toEqual([
      'November twentieth, Coffee Shop, four dollars and fifty cents paid',
      'November first, Salary, three thousand dollars received',
    ]);
    expect(requests[1]?.url).toMatch(/limit=2$/);
  });

  it('block no card before the caller has confirmed', async () => {
    expect(await bank().blockCard(false)).toEqual({
      status: 'needs_confirmation',
      last4: '4321',
      spoken: 'the card ending in four three two one',
    });
    expect(requests.filter(({ method }) => method === 'POST')).toEqual([]);
  });

  it('block the card once confirmed, with the same key however often it is asked', async () => {
    answers['POST /v1/accounts/acc%2F1/card/block'] = {
      status: 200,
      body: { last4: '4321', status: 'blocked' },
    };
    const actions = bank();
    expect(await actions.blockCard(true)).toMatchObject({ status: 'blocked', last4: '4321' });
    await actions.blockCard(true);
    const keys = requests.filter(({ method }) => method === 'POST').map(({ key }) => key);
    expect(keys).toEqual(['call1-block-card', 'call1-block-card']);
  });

  it('leave a card alone that is blocked already', async () => {
    const card = { last4: '4321', status: 'blocked' };
    answers['GET /v1/accounts'] = { status: 200, body: { ...ACCOUNT, card } };
    expect(await bank().blockCard(true)).toMatchObject({ status: 'blocked' });
    expect(requests).toHaveLength(1);
  });

  it('ask the bank nothing when nobody knows who is calling', async () => {
    const unknown = new BankActions({ api, customerPhone: undefined, callId: 'call1' });
    await expect(unknown.balance()).rejects.toThrow(/no known phone number/);
    expect(requests).toEqual([]);
  });
});

describe('a bank that fails', () => {
  it.each([
    [{ status: 404, body: { error: 'no such account' } }, 'not-found'],
    [{ status: 400, body: {} }, 'refused'],
    [{ status: 500, body: 'oops' }, 'unavailable'],
    [{ status: 429, body: {} }, 'unavailable'],
    [{ status: 200, body: 'not json' }, 'bad-answer'],
    [{ status: 200, body: { ...ACCOUNT, balanceMinor: '12' } }, 'bad-answer'],
    ['never' as const, 'unavailable'],
  ])('answering %j is reported as %s', async (answer, kind) => {
    answers['GET /v1/accounts'] = answer;
    expect(await faultOf(bank().balance())).toBe(kind);
  });

  it('names the wrong field of a bad answer but not its value', async () => {
    answers['GET /v1/accounts'] = { status: 200, body: { ...ACCOUNT, balanceMinor: '12' } };
    await expect(bank().balance()).rejects.toThrow(/wrong in: balanceMinor$/);
  });

  it('that is not there at all is unavailable', async () => {
    await closeServer(server);
    expect(await faultOf(bank().balance())).toBe('unavailable');
  });
});
