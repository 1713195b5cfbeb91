import { spokenDate } from './spoken-date.ts';
import { spokenMoney } from './spoken-money.ts';
import { spokenDigits, spokenLanguage, type SpokenLanguage } from './spoken-number.ts';

/** What the bank's tools say, in one language. */
export interface BankWords {
  money(amountMinor: number, currency: string): string;
  /** @param amountMinor negative for money that left the account; said without the sign */
  transaction(day: string, description: string, amountMinor: number, currency: string): string;
  askToBlock(last4: string): string;
  askToBlockAgain(last4: string): string;
  blocked(last4: string): string;
  notBlocked(last4: string): string;
  blockUnknown(last4: string): string;
  /** To a caller who is to prove who they are by the end of their card's number. */
  verification: { question: string; wrong: string; tooOften: string; verified: string };
}

/** @param tag BCP 47 */
export function bankWords(tag: string): BankWords {
  const language = spokenLanguage(tag);
  return language === 'hi-IN' ? hindi() : english(language);
}

function amounts(
  language: SpokenLanguage,
  ways: { paid: string; received: string },
): Pick<BankWords, 'money' | 'transaction'> {
  return {
    money: (amountMinor, currency) => spokenMoney(amountMinor, currency, language),
    transaction: (day, description, amountMinor, currency) => {
      const amount = spokenMoney(Math.abs(amountMinor), currency, language);
      const way = amountMinor < 0 ? ways.paid : ways.received;
      return `${spokenDate(day, language)}, ${description}, ${amount} ${way}`;
    },
  };
}

function english(language: SpokenLanguage): BankWords {
  const card = (last4: string) => `the card ending in ${spokenDigits(last4, language)}`;
  return {
    ...amounts(language, { paid: 'paid', received: 'received' }),
    verification: {
      question: 'Please key in or say the last four digits of your card.',
      wrong: 'those digits are not right, please try again',
      tooOften: 'I can not verify you by phone',
      verified: 'thank you, you are verified',
    },
    askToBlock: (last4) => `Do you want me to block ${card(last4)}?`,
    askToBlockAgain: (last4) => `Please say yes or no. Do you want me to block ${card(last4)}?`,
    blocked: (last4) => `${card(last4)} is blocked`,
    notBlocked: (last4) => `all right, I have not blocked ${card(last4)}`,
    blockUnknown: (last4) =>
      `the bank has not answered, so I do not know whether ${card(last4)} is blocked`,
  };
}

function hindi(): BankWords {
  const language = 'hi-IN';
  const card = (last4: string) => `${spokenDigits(last4, language)} पर खत्म होने वाला कार्ड`;
  const ask = (last4: string) => `क्या मैं ${card(last4)} ब्लॉक कर दूँ?`;
  return {
    ...amounts(language, { paid: 'दिए गए', received: 'मिले' }),
    verification: {
      question: 'कृपया अपने कार्ड के आख़िरी चार अंक दबाइए या बोलिए।',
      wrong: 'ये अंक सही नहीं हैं, कृपया फिर से कोशिश कीजिए',
      tooOften: 'मैं फ़ोन पर आपकी पुष्टि नहीं कर सकती',
      verified: 'धन्यवाद, आपकी पुष्टि हो गई',
    },
    askToBlock: ask,
    askToBlockAgain: (last4) => `कृपया हाँ या ना कहिए। ${ask(last4)}`,
    blocked: (last4) => `${card(last4)} ब्लॉक हो गया है`,
    notBlocked: (last4) => `ठीक है, ${card(last4)} ब्लॉक नहीं किया गया है`,
    blockUnknown: (last4) => `बैंक से जवाब नहीं मिला, इसलिए पता नहीं कि ${card(last4)} ब्लॉक हुआ या नहीं`,
  };
}
