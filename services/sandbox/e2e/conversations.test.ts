import { PCMA, PCMU } from '@patchbay/common/g711';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { heardAmountMinor } from '../speech/heard-amount.ts';
import { footprint, type Footprint } from '../stack/holdings.ts';
import { LOCAL_NUMBERS, type Stack } from '../stack/stack.ts';
import { BALANCE_MINOR, recordsOf, talkByPhone, talkByWeb } from './calls.ts';
import { expectNothingLeft, startTestStack } from './stack.ts';

const AT_ONCE = 2;
const BANK_GREETING = 'welcome to the bank how can i help you';
const SUPPORT_ANSWER = 'services are running';

describe('a caller talks with the agent', () => {
  let stack: Stack;
  let close = async () => {};
  /** What was open after the first call: connections to providers and spare job processes stay. */
  let before: Footprint;
  beforeAll(async () => {
    ({ stack, close } = await startTestStack({
      env: {
        // As many calls come at once as there are spare job processes: starting one takes a second of CPU.
        agent: { AGENT_IDLE_PROCESSES: String(AT_ONCE) },
        // A released port rests with its sockets open; here it is looked at soon.
        bridge: { BRIDGE_RTP_REST_MS: '1000' },
      },
    }));
  });
  afterAll(() => close());

  const recordAbout = (sip: { transport: string; codec: string }) =>
    vi.waitFor(() => {
      const record = recordsOf(stack, 'reach').find(
        (one) => one.sip?.transport === sip.transport && one.sip.codec === sip.codec,
      );
      expect(record).toBeDefined();
      return record;
    }, 10_000);

  it('by phone over UDP with PCMA: hears the right balance, and the agent hangs up after goodbye', async () => {
    const talk = await talkByPhone(stack, { transport: 'udp', payloadTypes: [PCMA] });
    expect(talk.greeting).toBe(BANK_GREETING);
    expect(heardAmountMinor(talk.answer)).toBe(BALANCE_MINOR);
    expect(talk.goodbye).toContain('goodbye');
    expect(talk.endedBy).toBe('peer');
    expect(await recordAbout({ transport: 'udp', codec: 'PCMA' })).toMatchObject({
      door: 'reach',
      agent: 'bank',
      result: 'agent-hangup',
      sip: { status: 200 },
    });
    await expectNothingLeft(stack);
    before = await footprint(stack);
  });

  it('by phone over TCP with PCMU to the other number, and by the web page, at once: each hears the right answer of the right agent', async () => {
    const [support, web] = await Promise.all([
      talkByPhone(stack, {
        transport: 'tcp',
        payloadTypes: [PCMU],
        to: LOCAL_NUMBERS.support,
        question: 'is the service down',
        makesSense: (heard) => heard.includes(SUPPORT_ANSWER),
      }),
      talkByWeb(stack),
    ]);
    expect(support.answer).toContain(SUPPORT_ANSWER);
    expect(heardAmountMinor(web.answer)).toBe(BALANCE_MINOR);
    expect(await recordAbout({ transport: 'tcp', codec: 'PCMU' })).toMatchObject({
      agent: 'support',
    });
  });

  it('and afterwards nothing of the calls is left in any part, and each has one record', async () => {
    await expectNothingLeft(stack, before);
    await vi.waitFor(() => expect(recordsOf(stack, 'web')).toHaveLength(1), 10_000);
    for (const door of ['reach', 'web'] as const) {
      const records = recordsOf(stack, door);
      expect(new Set(records.map(({ callId }) => callId)).size).toBe(records.length);
    }
    expect(recordsOf(stack, 'reach')).toHaveLength(2);
    expect(recordsOf(stack, 'reach').every(({ result }) => result === 'agent-hangup')).toBe(true);
  });
});
