import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PCMA } from '@patchbay/common/g711';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ask, hearGreeting } from '../demo/conversation.ts';
import type { Baresip } from '../sip/baresip.ts';
import { speak } from '../speech/espeak.ts';
import { findLiveKitSip, NO_LIVEKIT_SIP } from '../stack/livekit-sip.ts';
import { Observer } from '../stack/observer.ts';
import { LOCAL_NUMBERS, type Stack } from '../stack/stack.ts';
import { Telephone } from '../telephone/telephone.ts';
import { askApi, becomes, order, outboundEnv, startPhone } from './calls-out.ts';
import { recordsOf } from './calls.ts';
import { expectNothingLeft, startTestStack, testLog } from './stack.ts';

const livekitSip = await findLiveKitSip();
const RATE_HZ = 8_000;
const HUMAN = 'i want to talk to a human';
/** Nobody listens there (discard, RFC 863). */
const NOBODY = 9;

const doors = [
  { door: 'reach', runs: true },
  { door: 'trunk', runs: livekitSip !== undefined },
] as const;

let stack: Stack;
let close = async () => {};
let folder: string;
/** A phone that picks up. */
let person: Baresip;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'patchbay-phones-'));
  person = await startPhone(folder, 'person', await speak('hello', { sampleRateHz: RATE_HZ }));
  ({ stack, close } = await startTestStack({
    livekitSip,
    env: await outboundEnv(
      [
        { name: 'exotel', port: person.port, number: LOCAL_NUMBERS.bank },
        { name: 'dead', port: NOBODY, number: '+12025550104' },
      ],
      { [LOCAL_NUMBERS.support]: 'support' },
    ),
  }));
});
afterAll(async () => {
  await close();
  await person?.close();
  await rm(folder, { recursive: true, force: true });
});

describe.each(doors)('by the $door door', ({ door, runs }) => {
  const when = runs ? it : it.skip;
  const why = runs ? '' : ` (skipped: ${NO_LIVEKIT_SIP})`;

  when(`a caller who wants a human is given to one${why}`, async () => {
    const phone = await Telephone.open({ transport: 'udp', host: '127.0.0.1', log: testLog });
    try {
      const call = phone.call({
        to: LOCAL_NUMBERS.support,
        from: LOCAL_NUMBERS.caller,
        server: door === 'trunk' ? stack.trunkDoor!.sip : stack.sip,
        payloadTypes: [PCMA],
        transferStatus: 200,
      });
      await call.answered;
      await hearGreeting(call);
      expect((await ask(call, HUMAN)).heard).toContain('connecting you');
      await call.ended;
      expect(call.transferTarget).toBe('tel:+12025550150');
    } finally {
      await phone.close();
    }
    await vi.waitFor(
      () => expect(recordsOf(stack, door).at(-1)).toMatchObject({ result: 'transferred' }),
      10_000,
    );
    await expectNothingLeft(stack);
  });
});

describe('a call out', () => {
  it('is placed by order of the API, and who picks up is greeted as called', async () => {
    const { call_id: id, room_name: room } = await order(stack, 'exotel');
    const observer = await Observer.join(stack.livekit, room);
    await becomes(stack, id, { state: 'active' });
    await vi.waitFor(
      () => {
        const said = observer.lines.filter(({ who }) => who === 'agent').map(({ text }) => text);
        expect(said.join(' ')).toContain('this is your bank. How can I help you?');
      },
      { timeout: 15_000, interval: 100 },
    );
    await askApi(stack, 'DELETE', `/api/calls/${id}`);
    await becomes(stack, id, { state: 'ended' });
    await observer.close();
    await expectNothingLeft(stack);
  });

  it('that is called off at once leaves no agent and no room behind', async () => {
    const { call_id: id } = await order(stack, 'dead');
    await askApi(stack, 'DELETE', `/api/calls/${id}`);
    await becomes(stack, id, { state: 'ended', result: 'caller-cancel' });
    await expectNothingLeft(stack);
  });
});
