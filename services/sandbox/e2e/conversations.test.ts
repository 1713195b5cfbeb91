import { PCMA, PCMU } from '@patchbay/common/g711';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { heardAmountMinor } from '../speech/heard-amount.ts';
import { LOCAL_NUMBERS, type Stack } from '../stack/stack.ts';
import { recordsOf, talkByPhone, talkByWeb } from './calls.ts';
import { holdings, NOTHING_HELD, startTestStack } from './stack.ts';

const BALANCE_MINOR = 245_000;

describe('a caller talks with the agent', () => {
  let stack: Stack;
  let close = async () => {};
  beforeAll(async () => {
    ({ stack, close } = await startTestStack());
  });
  afterAll(() => close());

  it.each([
    { transport: 'udp', payloadTypes: [PCMA], codec: 'PCMA' },
    { transport: 'tcp', payloadTypes: [PCMU], codec: 'PCMU' },
  ] as const)(
    'by phone over $transport with $codec: hears the right balance, and the agent hangs up after goodbye',
    async ({ transport, payloadTypes, codec }) => {
      const before = recordsOf(stack, 'reach').length;
      const talk = await talkByPhone(stack, { transport, payloadTypes: [...payloadTypes] });
      expect(talk.greeting).toBe('welcome to the bank how can i help you');
      expect(heardAmountMinor(talk.answer)).toBe(BALANCE_MINOR);
      expect(talk.goodbye).toContain('goodbye');
      expect(talk.endedBy).toBe('peer');
      await vi.waitFor(() => expect(recordsOf(stack, 'reach')).toHaveLength(before + 1), 5_000);
      expect(recordsOf(stack, 'reach').at(-1)).toMatchObject({
        door: 'reach',
        agent: 'bank',
        result: 'agent-hangup',
        sip: { transport, codec, status: 200 },
      });
    },
  );

  it('by the other number and reaches the support agent, who answers otherwise', async () => {
    const talk = await talkByPhone(stack, {
      to: LOCAL_NUMBERS.support,
      question: 'is the service down',
    });
    expect(talk.greeting).toBe('this is the support desk how can i help you');
    expect(talk.answer).toContain('services are running');
  });

  it('by the web page in a browser: hears the right balance', async () => {
    const talk = await talkByWeb(stack);
    expect(talk.greeting).toBe('welcome to the bank how can i help you');
    expect(heardAmountMinor(talk.answer)).toBe(BALANCE_MINOR);
    expect(talk.goodbye).toContain('goodbye');
    await vi.waitFor(
      () => expect(recordsOf(stack, 'web').at(-1)).toMatchObject({ door: 'web', agent: 'bank' }),
      10_000,
    );
  });

  it('by phone and by web at once, and both hear the right balance', async () => {
    const [phone, web] = await Promise.all([talkByPhone(stack), talkByWeb(stack)]);
    expect(heardAmountMinor(phone.answer)).toBe(BALANCE_MINOR);
    expect(heardAmountMinor(web.answer)).toBe(BALANCE_MINOR);
  });

  it('and afterwards nothing of the calls is left in any part', async () => {
    await vi.waitFor(async () => expect(await holdings(stack)).toEqual(NOTHING_HELD), {
      timeout: 40_000,
      interval: 250,
    });
  });
});
