import { z } from 'zod';
import { phoneNumberSchema } from '@patchbay/common/sip-users';

export const transactionSchema = z.object({
  /** Day, ISO 8601. */
  date: z.iso.date(),
  description: z.string().min(1),
  /** In the currency's smallest unit; negative is money that left the account. */
  amountMinor: z.number().int(),
});
export type Transaction = z.output<typeof transactionSchema>;

export const customerSchema = z.object({
  id: z.string().regex(/^[a-z0-9-]+$/),
  phone: phoneNumberSchema,
  holder: z.string().min(1),
  currency: z.string().regex(/^[A-Z]{3}$/),
  balanceMinor: z.number().int(),
  card: z.object({
    last4: z.string().regex(/^\d{4}$/),
    status: z.enum(['active', 'blocked']),
  }),
  /** Newest first. */
  transactions: z.array(transactionSchema),
});
export type Customer = z.output<typeof customerSchema>;

/** The customer of the demo: two thousand four hundred fifty dollars. */
export const DEMO_CUSTOMER: Customer = {
  id: 'acc-1001',
  phone: '+12025550187',
  holder: 'Demo Customer',
  currency: 'USD',
  balanceMinor: 245_000,
  card: { last4: '4242', status: 'active' },
  transactions: [
    { date: '2026-11-20', description: 'coffee shop', amountMinor: -450 },
    { date: '2026-11-19', description: 'grocery store', amountMinor: -6_210 },
    { date: '2026-11-15', description: 'monthly salary', amountMinor: 300_000 },
    { date: '2026-11-12', description: 'electric company', amountMinor: -8_000 },
    { date: '2026-11-03', description: 'book store', amountMinor: -2_175 },
  ],
};

/** The bank's state, in memory. */
export class Ledger {
  readonly #seed: readonly Customer[];
  readonly #customers: Customer[];
  /** What was answered under each idempotency key, by account. */
  readonly #blocks = new Map<string, string>();

  /** @throws z.ZodError if a seed is not a customer */
  constructor(seed: readonly Customer[] = [DEMO_CUSTOMER]) {
    this.#seed = seed.map((customer) => customerSchema.parse(customer));
    this.#customers = structuredClone([...this.#seed]);
  }

  byPhone(phone: string): Customer | undefined {
    return this.#customers.find((customer) => customer.phone === phone);
  }

  byId(id: string): Customer | undefined {
    return this.#customers.find((customer) => customer.id === id);
  }

  /** Have the customer with this phone number be as in the beginning; nothing if there is none. */
  restore(phone: string): void {
    const index = this.#seed.findIndex((customer) => customer.phone === phone);
    const customer = this.#seed[index];
    if (customer) this.#customers[index] = structuredClone(customer);
  }

  /**
   * Block a customer's card. Again with the same key, or on a card already blocked: nothing more
   * happens and the answer is the same.
   *
   * @returns undefined if the key was used for another account
   */
  block(customer: Customer, idempotencyKey: string): Customer['card'] | undefined {
    const usedFor = this.#blocks.get(idempotencyKey);
    if (usedFor !== undefined && usedFor !== customer.id) return undefined;
    this.#blocks.set(idempotencyKey, customer.id);
    customer.card.status = 'blocked';
    return customer.card;
  }
}
