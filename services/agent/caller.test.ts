import { ParticipantKind } from '@livekit/rtc-node';
import { describe, expect, it } from 'vitest';
import { describeCaller } from './caller.ts';

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
