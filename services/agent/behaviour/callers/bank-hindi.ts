import { amount, anyAmount, cardEnd, transaction, words } from '../facts.ts';
import { customer } from '../customers.ts';
import type { BehaviourSet } from '../scripted-caller.ts';

const TRANSACTIONS = [
  { date: '2026-09-30', description: 'grocery store', amountMinor: -700 },
  { date: '2026-07-17', description: 'train ticket', amountMinor: -5_000 },
];
const QUESTION = words('ब्लॉक कर दूँ');
const BLOCKED = words('ब्लॉक हो गया है');
const CAN_BE_ASKED = words('आप अपना बैलेंस या पिछले लेनदेन पूछ सकते हैं');

/**
 * Figures are such as the recogniser can tell from others: it has Hindi's words, but English sounds
 * (sandbox/speech/hindi-pronunciations.ts).
 */
export const bankHindi: BehaviourSet = {
  agent: 'bank-hindi',
  language: 'hi',
  greeting: [words('बैंक में आपका स्वागत है मैं आपकी क्या मदद कर सकती हूँ')],
  callers: [
    {
      who: 'who asks for the balance in Hindi is told it in Hindi, and the call ends with a goodbye',
      customer: customer(40, { balanceMinor: 257_300 }),
      turns: [
        {
          does: { say: 'मेरे खाते में कितने पैसे हैं' },
          calls: ['get_balance'],
          hears: [amount(257_300)],
        },
        {
          does: { say: 'धन्यवाद नमस्ते' },
          calls: ['end_call'],
          hears: [words('फ़ोन करने के लिए धन्यवाद नमस्ते')],
        },
      ],
      ends: 'agent-hangup',
    },
    {
      who: 'who asks about the weather is told what can be asked, and then another balance, to the cent',
      customer: customer(41, { balanceMinor: 2_050 }),
      turns: [
        {
          does: { say: 'आज मौसम कैसा है' },
          calls: [],
          hears: [words('मैं यह समझ नहीं पाई'), CAN_BE_ASKED],
          neverHears: [anyAmount],
        },
        { does: { say: 'मेरा बैलेंस बताइए' }, calls: ['get_balance'], hears: [amount(2_050)] },
      ],
    },
    {
      who: 'who asks for transactions is told each with day, reason and amount, and answered in Hindi when asking in English',
      customer: customer(42, { balanceMinor: 245_000, transactions: TRANSACTIONS }),
      turns: [
        {
          does: { say: 'मेरे पिछले लेनदेन बताइए' },
          calls: ['get_recent_transactions'],
          hears: TRANSACTIONS.map((one) => transaction(one, 'hi')),
        },
        {
          does: { say: 'what is my account balance' },
          calls: ['get_balance'],
          hears: [words('आपके खाते में'), amount(245_000)],
        },
      ],
    },
    {
      who: 'who lost the card is asked about that very card, says yes, and has it blocked',
      customer: customer(43, { last4: '9071' }),
      turns: [
        {
          does: { say: 'मेरा कार्ड खो गया है' },
          calls: ['block_card'],
          hears: [QUESTION, cardEnd('9071')],
          neverHears: [BLOCKED],
        },
        { does: { say: 'हाँ' }, calls: ['block_card'], hears: [BLOCKED, cardEnd('9071')] },
      ],
      cardAfterwards: 'blocked',
    },
    {
      who: 'who says no keeps the card',
      customer: customer(44, { last4: '2357' }),
      turns: [
        {
          does: { say: 'मेरा कार्ड ब्लॉक कर दीजिए' },
          calls: ['block_card'],
          hears: [QUESTION, cardEnd('2357')],
        },
        {
          does: { say: 'जी नहीं रहने दीजिए' },
          calls: [],
          hears: [words('ब्लॉक नहीं किया गया है'), cardEnd('2357')],
          neverHears: [BLOCKED],
        },
      ],
      cardAfterwards: 'active',
    },
    {
      who: 'who keys in the end of the card is verified, after a wrong try',
      customer: customer(45, { last4: '5518' }),
      turns: [
        {
          does: { say: 'मेरी पुष्टि कीजिए' },
          calls: ['verify_caller'],
          hears: [words('आख़िरी चार अंक दबाइए या बोलिए')],
        },
        { does: { press: '5519' }, calls: ['verify_caller'], hears: [words('ये अंक सही नहीं हैं')] },
        { does: { press: '5518' }, calls: ['verify_caller'], hears: [words('आपकी पुष्टि हो गई')] },
      ],
    },
    {
      who: 'who is no customer is told that there is no account, and no figure at all',
      turns: [
        {
          does: { say: 'मेरा बैलेंस बताइए' },
          calls: ['get_balance'],
          hears: [words('आपका कोई खाता नहीं मिला')],
          neverHears: [anyAmount],
        },
      ],
    },
  ],
};
