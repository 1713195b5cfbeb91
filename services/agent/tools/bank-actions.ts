import { BankApiError, type Account, type BankApi, type BankApiFaultKind } from './bank-api.ts';
import type { BankWords } from './bank-words.ts';
import type { CostingAct } from './costing-tool.ts';

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
  words: BankWords;
}

/** A request that may or may not have come through is sent once more. */
const BLOCK_TRIES = 2;
/** After these the bank may or may not have done what was asked. */
const LEFT_OPEN: ReadonlySet<string> = new Set<BankApiFaultKind>(['unavailable', 'bad-answer']);

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
      spoken: this.#options.words.money(account.balanceMinor, account.currency),
    };
  }

  /** @param limit how many, newest first */
  async recentTransactions(limit: number) {
    const { words } = this.#options;
    const account = await this.#account();
    const transactions = await this.#options.api.transactions(account.id, limit);
    return {
      transactions: transactions.map(({ date, description, amountMinor }) => ({
        date,
        description,
        amount_minor: amountMinor,
        spoken: words.transaction(date, description, amountMinor, account.currency),
      })),
    };
  }

  /** Blocking the caller's card, which nothing can undo. */
  async blockingOfCard(): Promise<CostingAct> {
    const { words } = this.#options;
    const account = await this.#account();
    const { last4, status } = account.card;
    const blocked = { status: 'blocked', last4, spoken: words.blocked(last4) };
    return {
      object: `${account.id}/${last4}`,
      question: words.askToBlock(last4),
      questionAgain: words.askToBlockAgain(last4),
      refused: { status: 'refused', last4, spoken: words.notBlocked(last4) },
      already: status === 'blocked' ? blocked : undefined,
      perform: async () =>
        (await this.#block(account))
          ? blocked
          : { status: 'unknown', last4, spoken: words.blockUnknown(last4) },
    };
  }

  /** @returns false if nobody knows whether the card is blocked now */
  async #block({ id, card }: Account): Promise<boolean> {
    const { api, callId } = this.#options;
    for (let attempt = 1; attempt <= BLOCK_TRIES; attempt++) {
      try {
        // The same key each time, so that the bank does it once.
        await api.blockCard(id, `${callId}-block-card-${card.last4}`);
        return true;
      } catch (error) {
        if (!(error instanceof BankApiError && LEFT_OPEN.has(error.kind))) throw error;
      }
    }
    return false;
  }

  /** The last four digits of the caller's card. Never to be said. */
  async cardDigits(): Promise<string> {
    return (await this.#account()).card.last4;
  }

  #account(): Promise<Account> {
    const { api, customerPhone } = this.#options;
    if (customerPhone === undefined) return Promise.reject(new UnknownCustomerError());
    return api.account(customerPhone);
  }
}
