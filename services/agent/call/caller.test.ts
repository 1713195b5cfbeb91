import { DisconnectReason, ParticipantKind, RoomEvent } from '@livekit/rtc-node';
import { describe, expect, it } from 'vitest';
import { ToldRoom } from '../testing/told-room.ts';
import { describeCaller, untilAnswered, waitForCaller } from './caller.ts';

const ID = '0123456789abcdef0123456789abcdef';

function participant(kind: ParticipantKind, attributes: Record<string, string>) {
  return { attributes, info: { kind } } as unknown as Parameters<typeof describeCaller>[0];
}

describe('who is calling', () => {
  it('is what the door wrote on the participant', () => {
    const phone = participant(ParticipantKind.SIP, {
      'patchbay.door': 'reach',
      'patchbay.callId': ID,
      'sip.phoneNumber': '+12025550187',
    });
    expect(describeCaller(phone, 'whatever')).toEqual({
      door: 'reach',
      callId: ID,
      phone: '+12025550187',
      wasCalled: false,
    });
  });

  it('comes from the name of the room if the door wrote nothing', () => {
    const visitor = participant(ParticipantKind.STANDARD, {});
    expect(describeCaller(visitor, `web-bank-${ID}`)).toEqual({
      door: 'web',
      callId: ID,
      phone: undefined,
      wasCalled: false,
    });
  });

  it('is guessed from the kind of participant in a room that is not ours', () => {
    const phone = participant(ParticipantKind.SIP, { 'patchbay.door': 'window' });
    expect(describeCaller(phone, 'foreign')).toMatchObject({ door: 'trunk', callId: 'foreign' });
  });
});

describe('a caller who is waited for', () => {
  /** A room that the server calls so, with nobody in it. */
  const emptyRoom = (sid: string) => {
    const listeners = new Map<unknown, (participant: unknown) => void>();
    const room = {
      remoteParticipants: new Map(),
      on: (event: unknown, listener: (participant: unknown) => void) =>
        void listeners.set(event, listener),
      off: (event: unknown) => void listeners.delete(event),
      getSid: () => Promise.resolve(sid),
    };
    const join = (participant: unknown) =>
      listeners.get(RoomEvent.ParticipantConnected)?.(participant);
    return { room: room as unknown as Parameters<typeof waitForCaller>[0], join };
  };

  it('is found when they come', async () => {
    const { room, join } = emptyRoom('RM_1');
    const waiting = waitForCaller(room, { limitMs: 60_000, sid: 'RM_1' });
    join(participant(ParticipantKind.AGENT, {}));
    const visitor = participant(ParticipantKind.STANDARD, {});
    join(visitor);
    expect(await waiting).toBe(visitor);
  });

  it('is not waited for in a room that is another than the agent was sent to', async () => {
    const { room } = emptyRoom('RM_2');
    expect(await waitForCaller(room, { limitMs: 60_000, sid: 'RM_1' })).toBe('over');
  });

  it('is not waited for in a room that ended before it told what it is', async () => {
    const { room } = emptyRoom('RM_1');
    const ended = { ...room, getSid: () => Promise.reject(new Error('disconnected')) };
    expect(await waitForCaller(ended, { limitMs: 60_000, sid: 'RM_1' })).toBe('over');
  });
});

describe('a phone that rings', () => {
  const ringing = () => {
    const told = new ToldRoom();
    const caller = told.joins('phone', { 'sip.callStatus': 'ringing' });
    const gone = new AbortController();
    let isOver = false;
    void untilAnswered(told.room, caller, gone.signal).then(() => (isOver = true));
    const over = async () => {
      await new Promise((resolve) => setImmediate(resolve));
      return isOver;
    };
    return { told, gone, over };
  };

  it('is waited for until it is answered', async () => {
    const { told, over } = ringing();
    told.becomes('phone', { 'sip.callStatus': 'early' });
    expect(await over()).toBe(false);
    told.becomes('phone', { 'sip.callStatus': 'active' });
    expect(await over()).toBe(true);
    expect(told.watchers).toBe(0);
  });

  it('is not waited for when nobody is there any more', async () => {
    const { told, gone, over } = ringing();
    gone.abort();
    expect(await over()).toBe(true);
    expect(told.watchers).toBe(0);
  });

  it.each([
    ['and is answered later', { 'sip.callStatus': 'ringing' }],
    ['answered', { 'sip.callStatus': 'active' }],
  ])('may lose its door, which comes back %s', async (_, attributes) => {
    const { told, over } = ringing();
    told.leaves('phone', DisconnectReason.SIGNAL_CLOSE);
    told.joins('phone', attributes);
    told.becomes('phone', { 'sip.callStatus': 'active' });
    expect(await over()).toBe(true);
  });
});
