import type { Customer } from '@patchbay/sandbox/bank/ledger';

/** Numbers set aside for fiction end in 0100 to 0199; the last is nobody's here. */
const FIRST = 110;
export const STRANGERS_PHONE = '+12025550199';

/**
 * A customer of the bank for one scripted caller, so that no caller changes what another one is told.
 *
 * @param index unique among all callers, 0 to 80
 */
export function customer(
  index: number,
  fields: Partial<Pick<Customer, 'balanceMinor' | 'transactions'>> & { last4?: string },
): Customer {
  const { last4 = '4242', balanceMinor = 0, transactions = [] } = fields;
  return {
    id: `acc-${index}`,
    phone: `+12025550${FIRST + index}`,
    holder: `Customer ${index}`,
    currency: 'USD',
    balanceMinor,
    card: { last4, status: 'active' },
    transactions,
  };
}
