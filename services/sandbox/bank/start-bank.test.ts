import { silentLogger } from '@patchbay/common/logger';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadBankConfig } from './config.ts';
import { DEMO_CUSTOMER } from './ledger.ts';
import { startBank, type Bank } from './start-bank.ts';

const OTHER = { ...DEMO_CUSTOMER, id: 'acc-2', phone: '+12025550199' };
let bank: Bank;
beforeEach(async () => {
  const customers = [DEMO_CUSTOMER, OTHER];
  bank = await startBank({ host: '127.0.0.1', port: 0, log: silentLogger(), customers });
});
afterEach(() => bank.close());

async function ask(path: string, init: RequestInit = {}) {
  const response = await fetch(bank.url + path, init);
  return { status: response.status, body: await response.json() };
}
const block = (id: string, key?: string) =>
  ask(`/v1/accounts/${id}/card/block`, {
    method: 'POST',
    headers: key === undefined ? {} : { 'Idempotency-Key': key },
  });

test("a customer's account is found by phone number", async () => {
  expect(await ask('/v1/accounts?phone=%2B12025550187')).toEqual({
    status: 200,
    body: {
      id: 'acc-1001',
      holder: 'Demo Customer',
      currency: 'USD',
      balanceMinor: 245_000,
      card: { last4: '4242', status: 'active' },
    },
  });
});

test('transactions come newest first, as many as asked for', async () => {
  const { body } = await ask('/v1/accounts/acc-1001/transactions?limit=2');
  expect(body).toEqual({
    transactions: [
      { date: '2026-11-20', description: 'coffee shop', amountMinor: -450 },
      { date: '2026-11-19', description: 'grocery store', amountMinor: -6_210 },
    ],
  });
});

describe('blocking a card', () => {
  test('blocks it once, and the same request again has the same answer', async () => {
    const answer = { status: 200, body: { last4: '4242', status: 'blocked' } };
    expect(await block('acc-1001', 'call-1')).toEqual(answer);
    expect(await block('acc-1001', 'call-1')).toEqual(answer);
    expect(await block('acc-1001', 'call-2')).toEqual(answer);
    const { body } = await ask('/v1/accounts?phone=%2B12025550187');
    expect(body).toMatchObject({ card: { status: 'blocked' } });
  });

  test("leaves another customer's card alone", async () => {
    await block('acc-1001', 'call-1');
    const { body } = await ask('/v1/accounts?phone=%2B12025550199');
    expect(body).toMatchObject({ card: { status: 'active' } });
  });

  test('is undone for those who try again, for one customer', async () => {
    await block('acc-1001', 'call-1');
    await block('acc-2', 'call-2');
    const restored = await ask('/admin/restore?phone=%2B12025550187', { method: 'POST' });
    expect(restored).toMatchObject({ status: 200, body: { card: { status: 'active' } } });
    const { body } = await ask('/v1/accounts?phone=%2B12025550199');
    expect(body).toMatchObject({ card: { status: 'blocked' } });
  });

  test('needs an idempotency key, and one key for one account', async () => {
    expect(await block('acc-1001')).toEqual({
      status: 400,
      body: { error: 'Idempotency-Key: header is missing' },
    });
    await block('acc-1001', 'call-1');
    expect(await block('acc-2', 'call-1')).toEqual({
      status: 409,
      body: { error: 'Idempotency-Key: was used for another account' },
    });
  });

  test('is forgotten when the bank closes', async () => {
    await block('acc-1001', 'call-1');
    expect(DEMO_CUSTOMER.card.status).toBe('active');
  });
});

test.each([
  ['/v1/accounts', 400, 'phone: is missing'],
  [
    '/v1/accounts?phone=555',
    400,
    'phone: must be a phone number in E.164 form, for example +12025550187',
  ],
  ['/v1/accounts?phone=%2B12025550000', 404, 'phone: no account has this number'],
  ['/v1/accounts/acc-1001/transactions?limit=0', 400, 'limit: must be at least 1'],
  ['/v1/accounts/acc-1001/transactions?limit=many', 400, 'limit: must be a number'],
  ['/v1/accounts/nobody/transactions', 404, 'id: there is no such account'],
  ['/v1/accounts/acc-1001/card/block', 405, 'only POST is served here'],
  ['/admin/restore?phone=%2B12025550187', 405, 'only POST is served here'],
  ['/v1/loans', 404, 'not served here: GET /v1/loans'],
  ['/', 404, 'not served here: GET /'],
])('GET %s is answered with %i: %s', async (path, status, error) => {
  expect(await ask(path)).toEqual({ status, body: { error } });
});

test('it says that it is alive', async () => {
  expect(await ask('/healthz')).toEqual({ status: 200, body: { alive: true } });
});

test('a malformed customer is refused at the start', async () => {
  const customers = [{ ...DEMO_CUSTOMER, phone: '555' }];
  const starting = startBank({ host: '127.0.0.1', port: 0, log: silentLogger(), customers });
  await expect(starting).rejects.toThrow('phone');
});

test('a port that is none is named in the configuration fault', () => {
  expect(() => loadBankConfig({ BANK_PORT: '70000' })).toThrow(/BANK_PORT: must be a port number/);
  expect(loadBankConfig({})).toMatchObject({ BANK_PORT: 0, OPS_HOST: '127.0.0.1' });
});
