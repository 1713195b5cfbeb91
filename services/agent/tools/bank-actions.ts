import type { Account, BankApi } from './bank-api.ts';
import { spokenDate } from './spoken-date.ts';
import { spokenMoney } from './spoken-money.ts';
import { spokenDigits } from './spoken-number.ts';

/** The caller's number is not known, so there is no account to speak of. */
export class UnknownCustomerError extends Error {
  constructor() {
    super('the caller has no known phone number, so no account can be looked up');
    this.name = 'UnknownCustomerError';
  }
}

export interface BankActionsOptions {
  api: BankApi;
  /** Phone number (E.164) the account is looked up by; undefined if nobody knows it. */
  customerPhone: string | undefined;
  /** Makes blocking the card safe to repeat within one call. */
  callId: string;
}

/**
 * What the bank's agent can do for one caller. Every answer has `spoken`: words ready to say, so
 * that no model has to read out digits.
 */
export class BankActions {
  readonly #options: BankActionsOptions;

  constructor(options: BankActionsOptions) {
    this.#options = options;
  }

  async balance() {
    const account = await this.#account();
    return {
      currency: account.currency,
      balance_minor: account.balanceMinor,
      spoken: spokenMoney(account.balanceMinor, account.currency),
    };
  }

  /** @param limit how many, newest first */
  async recentTransactions(limit: number) {
    const account = await this.#account();
    const transactions = await this.#options.api.transactions(account.id, limit);
    return {
      transactions: transactions.map(({ date, description, amountMinor }) => ({
        date,
        description,
        amount_minor: amountMinor,
        spoken: `${spokenDate(date)}, ${description}, ${spokenMovement(amountMinor, account.currency)}`,
      })),
    };
  }

  /** Block the card, but only once the caller has said yes. */
  async blockCard(confirmed: boolean) {
    const account = await this.#account();
    const { last4 } = account.card;
    const card = `the card ending in ${spokenDigits(last4)}`;
    if (!confirmed) {
      return { status: 'needs_confirmation' as const, last4, spoken: card };
    }
    if (account.card.status !== 'blocked') {
      await this.#options.api.blockCard(account.id, `${this.#options.callId}-block-card`);
    }
    return { status: 'blocked' as const, last4, spoken: `${card} is blocked` };
  }

  #account(): Promise<Account> {
    const { api, customerPhone } = this.#options;
    if (customerPhone === undefined) return Promise.reject(new UnknownCustomerError());
    return api.account(customerPhone);
  }
}

/** Money that left the account is negative at the bank; said without the sign. */
function spokenMovement(amountMinor: number, currency: string): string {
  const amount = spokenMoney(Math.abs(amountMinor), currency);
  return amountMinor < 0 ? `${amount} paid` : `${amount} received`;
}
