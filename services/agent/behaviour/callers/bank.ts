import { amount, anyAmount, cardEnd, transaction, words } from '../facts.ts';
import { customer } from '../customers.ts';
import type { BehaviourSet } from '../scripted-caller.ts';

const TRANSACTIONS = [
  { date: '2026-11-15', description: 'monthly salary', amountMinor: 300_000 },
  { date: '2026-10-03', description: 'book store', amountMinor: -2_175 },
  { date: '2026-09-30', description: 'grocery store', amountMinor: -700 },
  { date: '2026-07-17', description: 'train ticket', amountMinor: -550 },
];
const QUESTION = words('do you want me to block');
const BLOCKED = words('is blocked');
const CAN_BE_ASKED = words('you can ask for your balance');

export const bank: BehaviourSet = {
  agent: 'bank',
  language: 'en',
  greeting: [words('welcome to the bank how can i help you')],
  callers: [
    {
      who: 'who asks for the balance is told it to the cent, and the call ends with a goodbye',
      customer: customer(0, { balanceMinor: 731_246 }),
      turns: [
        {
          does: { say: 'how much money is in my account' },
          calls: ['get_balance'],
          hears: [amount(731_246)],
        },
        {
          does: { say: 'that is all thank you' },
          calls: ['end_call'],
          hears: [words('thank you for calling goodbye')],
        },
      ],
      ends: 'agent-hangup',
    },
    {
      who: 'who wants what no bank has is told what can be asked, and then the last three transactions, each with day, reason and amount',
      customer: customer(1, { transactions: TRANSACTIONS }),
      turns: [
        {
          does: { say: 'i want to order a pizza' },
          calls: [],
          hears: [words('i did not understand that'), CAN_BE_ASKED],
          neverHears: [anyAmount],
        },
        {
          does: { say: 'what were my last transactions' },
          calls: ['get_recent_transactions'],
          hears: TRANSACTIONS.slice(0, 3).map((one) => transaction(one)),
          neverHears: TRANSACTIONS.slice(3).map((one) => transaction(one)),
        },
      ],
    },
    {
      who: 'who lost the card is asked about that very card, says yes, and has it blocked',
      customer: customer(3, { last4: '9071' }),
      turns: [
        {
          does: { say: 'i lost my card' },
          calls: ['block_card'],
          hears: [QUESTION, cardEnd('9071')],
          neverHears: [BLOCKED],
        },
        {
          does: { say: 'yes please' },
          calls: ['block_card'],
          hears: [BLOCKED, cardEnd('9071')],
        },
      ],
      cardAfterwards: 'blocked',
    },
    {
      who: 'who says no keeps the card, and no later yes blocks it',
      customer: customer(4, { last4: '3862' }),
      turns: [
        {
          does: { say: 'block my card' },
          calls: ['block_card'],
          hears: [QUESTION, cardEnd('3862')],
        },
        {
          does: { say: 'no thank you' },
          calls: [],
          hears: [words('i have not blocked'), cardEnd('3862')],
        },
        { does: { say: 'yes' }, calls: [], hears: [CAN_BE_ASKED], neverHears: [BLOCKED] },
      ],
      cardAfterwards: 'active',
    },
    {
      who: 'who answers the question about the card with another question is answered, and no card is blocked',
      customer: customer(5, { balanceMinor: 50_000 }),
      turns: [
        { does: { say: 'please block my card' }, calls: ['block_card'], hears: [QUESTION] },
        {
          does: { say: 'what is my balance' },
          calls: ['get_balance'],
          hears: [amount(50_000)],
        },
        { does: { say: 'yes please' }, calls: [], hears: [CAN_BE_ASKED], neverHears: [BLOCKED] },
      ],
      cardAfterwards: 'active',
    },
    {
      who: 'who keys in the end of the card is verified, after a wrong try, and told that there are no transactions',
      customer: customer(6, { last4: '5518' }),
      turns: [
        {
          does: { say: 'please verify me' },
          calls: ['verify_caller'],
          hears: [words('key in or say the last four digits')],
        },
        {
          does: { press: '5519' },
          calls: ['verify_caller'],
          hears: [words('those digits are not right')],
        },
        { does: { press: '5518' }, calls: ['verify_caller'], hears: [words('you are verified')] },
        {
          does: { say: 'what are my recent transactions' },
          calls: ['get_recent_transactions'],
          hears: [words('there are no transactions yet')],
        },
      ],
    },
    {
      who: 'who is no customer is told that there is no account, and no figure at all',
      turns: [
        {
          does: { say: 'please tell me my account balance' },
          calls: ['get_balance'],
          hears: [words('i could not find an account for you')],
          neverHears: [anyAmount],
        },
      ],
    },
  ],
};
