import { expect, it } from 'vitest';
import { DEMO_CUSTOMER, Ledger } from './ledger.ts';

it('a customer whose card was blocked can be had as in the beginning, and nobody else is', () => {
  const other = { ...DEMO_CUSTOMER, id: 'acc-2', phone: '+12025550110' };
  const ledger = new Ledger([DEMO_CUSTOMER, other]);
  for (const { id } of [DEMO_CUSTOMER, other]) ledger.block(ledger.byId(id)!, `key-${id}`);
  ledger.restore(DEMO_CUSTOMER.phone);
  ledger.restore('+12025550199');
  expect(ledger.byPhone(DEMO_CUSTOMER.phone)?.card.status).toBe('active');
  expect(ledger.byPhone(other.phone)?.card.status).toBe('blocked');
});
