import { PCMA, PCMU } from '@patchbay/common/g711';
import { parseRoomName } from '@patchbay/common/room-contract';
import { RoomServiceClient, type ParticipantInfo } from 'livekit-server-sdk';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { hearGreeting } from '../demo/conversation.ts';
import { heardAmountMinor } from '../speech/heard-amount.ts';
import { findLiveKitSip, NO_LIVEKIT_SIP } from '../stack/livekit-sip.ts';
import { Observer, waitForRoom } from '../stack/observer.ts';
import { LOCAL_NUMBERS, type Stack } from '../stack/stack.ts';
import type { CallOptions, PhoneCall } from '../telephone/phone-call.ts';
import { Telephone } from '../telephone/telephone.ts';
import { BALANCE_MINOR, recordsOf, talkByPhone } from './calls.ts';
import { expectNothingLeft, startTestStack, testLog } from './stack.ts';

const livekitSip = await findLiveKitSip();
const doors = ['trunk', 'reach'] as const;
type PhoneDoor = (typeof doors)[number];

const name = `a caller through LiveKit SIP${livekitSip ? '' : ` (skipped: ${NO_LIVEKIT_SIP})`}`;
describe.skipIf(!livekitSip)(name, () => {
  let stack: Stack;
  let close = async () => {};
  let phone: Telephone;
  beforeAll(async () => {
    ({ stack, close } = await startTestStack({
      livekitSip,
      env: { bridge: { BRIDGE_RTP_REST_MS: '1000' } },
    }));
    phone = await Telephone.open({ transport: 'udp', host: '127.0.0.1', log: testLog });
  });
  afterAll(async () => {
    await phone?.close();
    await close();
  });

  const serverOf = (door: PhoneDoor) => (door === 'trunk' ? stack.trunkDoor!.sip : stack.sip);

  function dial(door: PhoneDoor, options: Partial<CallOptions> = {}): PhoneCall {
    const call = phone.call({
      to: LOCAL_NUMBERS.bank,
      from: LOCAL_NUMBERS.caller,
      server: serverOf(door),
      payloadTypes: [PCMA, PCMU],
      ...options,
    });
    call.answered.catch(() => undefined);
    return call;
  }

  const roomOf = (door: PhoneDoor, withinMs = 10_000) =>
    waitForRoom(stack.livekit, (room) => parseRoomName(room)?.door === door, withinMs);

  /** The caller as LiveKit shows it to everybody in the room. */
  async function callerIn(room: string): Promise<ParticipantInfo> {
    const { httpUrl, apiKey, apiSecret } = stack.livekit;
    const all = await new RoomServiceClient(httpUrl, apiKey, apiSecret).listParticipants(room);
    return all.find(({ identity }) => identity.startsWith('sip_'))!;
  }

  it('asks the same agent, hears the right balance and goodbye, and the agent hangs up', async () => {
    const talk = await talkByPhone({ sip: serverOf('trunk') });
    expect(talk.greeting).toBe('welcome to the bank how can i help you');
    expect(heardAmountMinor(talk.answer)).toBe(BALANCE_MINOR);
    expect(talk.goodbye).toContain('goodbye');
    expect(talk.endedBy).toBe('peer');
    await expectNothingLeft(stack);
    await vi.waitFor(() => expect(recordsOf(stack, 'trunk')).toHaveLength(1), 5_000);
    expect(recordsOf(stack, 'trunk')[0]).toMatchObject({ agent: 'bank', result: 'agent-hangup' });
  });

  it('is the same kind of participant as one through the bridge, with attributes of the same names', async () => {
    const seen: Partial<Record<PhoneDoor, ParticipantInfo>> = {};
    for (const door of doors) {
      const call = dial(door);
      await call.answered;
      const room = await roomOf(door);
      await vi.waitFor(
        async () => {
          seen[door] = await callerIn(room);
          expect(seen[door].attributes['sip.callStatus']).toBe('active');
        },
        { timeout: 5_000, interval: 100 },
      );
      await call.hangup();
      await expectNothingLeft(stack);
    }
    const { trunk, reach } = seen as Record<PhoneDoor, ParticipantInfo>;
    expect(reach.kind).toBe(trunk.kind);
    expect(reach.identity).toBe(trunk.identity);
    expect(reach.name).toBe(trunk.name);
    const names = ({ attributes }: ParticipantInfo) => Object.keys(attributes).sort();
    // At the bridge only: the id of the call, which at the other door stands in the room's name, and
    // the time of the INVITE, which newer versions of LiveKit SIP give too.
    const more = ['patchbay.callId', 'lk.sip.inviteTime'];
    const without = (all: string[]) => all.filter((key) => !more.includes(key));
    expect(without(names(reach))).toEqual(without(names(trunk)));
    for (const key of ['sip.phoneNumber', 'sip.trunkPhoneNumber']) {
      expect(reach.attributes[key]).toBe(trunk.attributes[key]);
    }
    expect(trunk.attributes['patchbay.door']).toBe('trunk');
  });

  it('has the keys pressed on the phone heard in the room', async () => {
    const call = dial('trunk');
    await call.answered;
    const observer = await Observer.join(stack.livekit, await roomOf('trunk'));
    await hearGreeting(call);
    await call.sendDtmf('4711#');
    await vi.waitFor(() => expect(observer.digits).toBe('4711#'), 5_000);
    await call.hangup();
    await observer.close();
  });

  it('who hangs up leaves no room and no agent behind', async () => {
    const call = dial('trunk');
    await call.answered;
    await hearGreeting(call);
    await call.hangup();
    await expectNothingLeft(stack);
    await vi.waitFor(
      () => expect(recordsOf(stack, 'trunk').at(-1)).toMatchObject({ result: 'caller-hangup' }),
      5_000,
    );
  });

  it('who dials a number that no trunk has gets no room and no agent', async () => {
    const call = dial('trunk', { to: '+12025550199' });
    // LiveKit says nothing to strangers.
    await expect(roomOf('trunk', 3_000)).rejects.toThrow('no such room');
    await call.cancel();
    await expectNothingLeft(stack);
  });
});
