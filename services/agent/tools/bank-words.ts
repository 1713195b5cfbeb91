import { spokenDate } from './spoken-date.ts';
import { spokenMoney } from './spoken-money.ts';
import { spokenDigits } from './spoken-number.ts';

/** What the bank's tools say, in one language. */
export interface BankWords {
  money(amountMinor: number, currency: string): string;
  /** @param amountMinor negative for money that left the account; said without the sign */
  transaction(day: string, description: string, amountMinor: number, currency: string): string;
  card(last4: string): string;
  askToBlock(last4: string): string;
  askToBlockAgain(last4: string): string;
  blocked(last4: string): string;
  notBlocked(last4: string): string;
  blockUnknown(last4: string): string;
}

export const bankWords: BankWords = {
  money: (amountMinor, currency) => spokenMoney(amountMinor, currency),
  transaction: (day, description, amountMinor, currency) => {
    const amount = spokenMoney(Math.abs(amountMinor), currency);
    return `${spokenDate(day)}, ${description}, ${amount} ${amountMinor < 0 ? 'paid' : 'received'}`;
  },
  card,
  askToBlock: (last4) => `Do you want me to block ${card(last4)}?`,
  askToBlockAgain: (last4) => `Please say yes or no. Do you want me to block ${card(last4)}?`,
  blocked: (last4) => `${card(last4)} is blocked`,
  notBlocked: (last4) => `all right, I have not blocked ${card(last4)}`,
  blockUnknown: (last4) =>
    `the bank has not answered, so I do not know whether ${card(last4)} is blocked`,
};

function card(last4: string): string {
  return `the card ending in ${spokenDigits(last4)}`;
}
