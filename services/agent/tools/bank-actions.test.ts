import { createServer, type IncomingMessage, type Server } from 'node:http';
import { closeServer, listen } from '@patchbay/common/ops-server';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BankActions } from './bank-actions.ts';
import { BankApi, BankApiError } from './bank-api.ts';
import { bankWords } from './bank-words.ts';

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
  return new BankActions({ api, customerPhone, callId: 'call1', words: bankWords('en-US') });
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

  it('ask about the card by its last digits, and do nothing by asking', async () => {
    expect(await bank().blockingOfCard()).toMatchObject({
      object: 'acc/1/4321',
      question: 'Do you want me to block the card ending in four three two one?',
      already: undefined,
    });
    expect(requests.filter(({ method }) => method === 'POST')).toEqual([]);
  });

  const BLOCK = 'POST /v1/accounts/acc%2F1/card/block';
  const blockKeys = () => requests.filter(({ method }) => method === 'POST').map(({ key }) => key);

  it('block the card with the same key however often it is asked', async () => {
    answers[BLOCK] = { status: 200, body: { last4: '4321', status: 'blocked' } };
    const act = await bank().blockingOfCard();
    expect(await act.perform()).toMatchObject({ status: 'blocked', last4: '4321' });
    await act.perform();
    expect(blockKeys()).toEqual(['call1-block-card-4321', 'call1-block-card-4321']);
  });

  it('try once more, with the same key, when the bank does not answer', async () => {
    answers[BLOCK] = { status: 503, body: {} };
    const act = await bank().blockingOfCard();
    expect(await act.perform()).toEqual({
      status: 'unknown',
      last4: '4321',
      spoken:
        'the bank has not answered, so I do not know whether the card ending in four three two one is blocked',
    });
    expect(blockKeys()).toEqual(['call1-block-card-4321', 'call1-block-card-4321']);
  });

  it('say that it failed when the bank refuses to block', async () => {
    answers[BLOCK] = { status: 409, body: {} };
    const act = await bank().blockingOfCard();
    expect(await faultOf(act.perform())).toBe('refused');
    expect(blockKeys()).toHaveLength(1);
  });

  it('know a card that is blocked already', async () => {
    const card = { last4: '4321', status: 'blocked' };
    answers['GET /v1/accounts'] = { status: 200, body: { ...ACCOUNT, card } };
    expect(await bank().blockingOfCard()).toMatchObject({ already: { status: 'blocked' } });
  });

  it('ask the bank nothing when nobody knows who is calling', async () => {
    const unknown = new BankActions({
      api,
      customerPhone: undefined,
      callId: 'call1',
      words: bankWords('en-US'),
    });
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
