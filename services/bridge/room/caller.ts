import { CALL_ID_ATTRIBUTE, DOOR_ATTRIBUTE } from '@patchbay/common/room-contract';

/** What is known of a call when its participant is made. */
export interface CallerFacts {
  callId: string;
  sipCallId: string;
  trunk: string;
  callerUser: string;
  callerHost: string;
  calledNumber: string;
  headers: Readonly<Record<string, string>>;
  /** Unix ms. */
  inviteAtMs: number;
}

export interface CallerIdentity {
  identity: string;
  name: string;
  attributes: Record<string, string>;
}

/** Carriers' own ids, by header, under the names LiveKit SIP gives them (Exotel's by analogy). */
const CARRIER_IDS: Readonly<Record<string, string>> = {
  'x-exotel-callsid': 'sip.exotel.callSid',
  'x-exotel-legsid': 'sip.exotel.legSid',
  'x-exotel-trunksid': 'sip.exotel.trunkSid',
  'x-twilio-callsid': 'sip.twilio.callSid',
  'x-twilio-accountsid': 'sip.twilio.accountSid',
};
/** The number as the network vouches for it (RFC 3325); `From` may be masked. */
const ASSERTED_IDENTITY = 'p-asserted-identity';
const MAX_HEADER_ATTRIBUTES = 32;
const MAX_ATTRIBUTE_CHARACTERS = 512;

/**
 * Identity, name and attributes of a caller, the same as LiveKit SIP gives: agents written for it
 * find everything where they look for it.
 */
export function callerIdentity(facts: CallerFacts): CallerIdentity {
  const user = facts.callerUser === '' ? 'anonymous' : facts.callerUser;
  const attributes: Record<string, string> = {
    'sip.callID': `SCL_${facts.callId}`,
    'sip.callIDFull': facts.sipCallId,
    'sip.callStatus': 'ringing',
    'sip.trunkID': `ST_${facts.trunk}`,
    'sip.ruleID': `SDR_${facts.trunk}`,
    'sip.phoneNumber': facts.callerUser,
    'sip.trunkPhoneNumber': facts.calledNumber,
    'sip.hostname': facts.callerHost,
    'lk.sip.inviteTime': String(facts.inviteAtMs),
    [DOOR_ATTRIBUTE]: 'reach',
    [CALL_ID_ATTRIBUTE]: facts.callId,
  };
  let taken = 0;
  for (const [name, value] of Object.entries(facts.headers)) {
    if (!name.startsWith('x-') && name !== ASSERTED_IDENTITY) continue;
    if (taken >= MAX_HEADER_ATTRIBUTES) break;
    taken += 1;
    const short = value.slice(0, MAX_ATTRIBUTE_CHARACTERS);
    attributes[`sip.h.${name}`] = short;
    const carrierId = CARRIER_IDS[name];
    if (carrierId !== undefined) attributes[carrierId] = short;
  }
  return { identity: `sip_${user}`, name: `Phone ${user}`, attributes };
}
