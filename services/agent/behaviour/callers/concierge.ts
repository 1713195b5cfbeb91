import { amount, anyAmount, cardEnd, words } from '../facts.ts';
import { customer } from '../customers.ts';
import type { BehaviourSet } from '../scripted-caller.ts';

const BANK = words('this is the bank');

export const concierge: BehaviourSet = {
  agent: 'concierge',
  language: 'en',
  greeting: [words('do you want to talk to the bank or to the support desk')],
  callers: [
    {
      who: 'who asks for the balance is connected with the bank, which tells it without being asked again',
      customer: customer(30, { balanceMinor: 128_000 }),
      turns: [
        {
          does: { say: 'what is my account balance' },
          calls: ['connect_to', 'get_balance'],
          hears: [BANK, amount(128_000)],
          neverHears: [words('welcome to the bank')],
        },
      ],
    },
    {
      who: 'whose card was stolen is asked by the bank before it is blocked',
      customer: customer(32, { last4: '7304' }),
      turns: [
        {
          does: { say: 'my card was stolen' },
          calls: ['connect_to', 'block_card'],
          hears: [BANK, words('do you want me to block'), cardEnd('7304')],
          neverHears: [words('is blocked')],
        },
        {
          does: { say: 'yes block it' },
          calls: ['block_card'],
          hears: [words('is blocked'), cardEnd('7304')],
        },
      ],
      cardAfterwards: 'blocked',
    },
    {
      who: 'who asks whether the service is down is answered by the support desk',
      turns: [
        {
          does: { say: 'is the service down' },
          calls: ['connect_to', 'get_service_status'],
          hears: [words('this is the support desk'), words('all services are running')],
        },
      ],
    },
    {
      who: 'who asks about the weather is connected with nobody, then with the bank as wished, and the call ends there with a goodbye',
      turns: [
        {
          does: { say: 'what is the weather today' },
          calls: [],
          hears: [words('i can connect you with the bank or with the support desk')],
          neverHears: [BANK, anyAmount],
        },
        {
          does: { say: 'connect me to the bank' },
          calls: ['connect_to'],
          hears: [BANK, words('how can i help you')],
        },
        {
          does: { say: 'goodbye' },
          calls: ['end_call'],
          hears: [words('thank you for calling goodbye')],
        },
      ],
      ends: 'agent-hangup',
    },
  ],
};
