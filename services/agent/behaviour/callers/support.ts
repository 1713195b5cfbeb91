import { anyAmount, words } from '../facts.ts';
import { customer } from '../customers.ts';
import type { BehaviourSet } from '../scripted-caller.ts';

export const support: BehaviourSet = {
  agent: 'support',
  language: 'en',
  greeting: [words('this is the support desk how can i help you')],
  callers: [
    {
      who: 'who asks for a balance learns that this is not the place for it, then how the services are, and the call ends with a goodbye',
      customer: customer(20, { balanceMinor: 99_900 }),
      turns: [
        {
          does: { say: 'what is my account balance' },
          calls: [],
          hears: [words('i did not understand that'), words('whether the service is working')],
          neverHears: [anyAmount],
        },
        {
          does: { say: 'is there an outage' },
          calls: ['get_service_status'],
          hears: [words('all services are running')],
        },
        {
          does: { say: 'thank you goodbye' },
          calls: ['end_call'],
          hears: [words('thank you for calling goodbye')],
        },
      ],
      ends: 'agent-hangup',
    },
    {
      who: 'who wants a human is told that one is called, and, as nobody can be reached, is helped further',
      turns: [
        {
          does: { say: 'i want to talk to a human' },
          calls: ['transfer_call'],
          hears: [
            words('i am connecting you with a colleague now'),
            words('nobody could be reached how else can i help you'),
          ],
        },
        {
          does: { say: 'is the service working' },
          calls: ['get_service_status'],
          hears: [words('all services are running')],
        },
      ],
    },
  ],
};
