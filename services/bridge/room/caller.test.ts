import { expect, it } from 'vitest';
import { callerIdentity } from './caller.ts';

const FACTS = {
  callId: 'c1',
  sipCallId: 'abc@host',
  trunk: 'exotel',
  callerUser: '+12025550187',
  callerHost: '192.0.2.1',
  calledNumber: '+12025550101',
  headers: { 'x-exotel-callsid': 'exo-1', 'x-other': 'y', 'user-agent': 'z' },
  inviteAtMs: 123,
};

it('looks like a participant made by LiveKit SIP', () => {
  expect(callerIdentity(FACTS)).toEqual({
    identity: 'sip_+12025550187',
    name: 'Phone +12025550187',
    attributes: {
      'sip.callID': 'SCL_c1',
      'sip.callIDFull': 'abc@host',
      'sip.callStatus': 'ringing',
      'sip.trunkID': 'ST_exotel',
      'sip.ruleID': 'SDR_exotel',
      'sip.phoneNumber': '+12025550187',
      'sip.trunkPhoneNumber': '+12025550101',
      'sip.hostname': '192.0.2.1',
      'sip.h.x-exotel-callsid': 'exo-1',
      'sip.h.x-other': 'y',
      'sip.exotel.callSid': 'exo-1',
      'lk.sip.inviteTime': '123',
      'patchbay.door': 'reach',
      'patchbay.callId': 'c1',
    },
  });
});

it('has an identity also for a caller without a number', () => {
  expect(callerIdentity({ ...FACTS, callerUser: '' }).identity).toBe('sip_anonymous');
});

it('bounds what a stranger can put into attributes', () => {
  const headers = Object.fromEntries(
    Array.from({ length: 100 }, (_, index) => [`x-h${index}`, 'v'.repeat(10_000)]),
  );
  const { attributes } = callerIdentity({ ...FACTS, headers });
  expect(JSON.stringify(attributes).length).toBeLessThan(20_000);
});
