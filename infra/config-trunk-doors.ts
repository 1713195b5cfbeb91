import { hostAndPort, phoneNumber } from './config-parts.ts';
import {
  transportOf,
  type ExotelTrunkConfig,
  type SipTrunkConfig,
  type TrunkConfig,
} from './config-trunks.ts';
import type { Fault } from './fault.ts';

/** What the bridge's own check says of a digest user. */
const DIGEST_USER = /^[A-Za-z0-9._~!$&'()*+,=@-]{1,64}$/;

/**
 * What is wrong within a trunk that the bridge takes, as the bridge itself would say when it starts.
 * @param key of the trunk, `patchbay:trunks[0]`
 */
export function bridgeTrunkFaults(trunk: TrunkConfig, key: string): Fault[] {
  switch (trunk.kind) {
    case 'twilio':
      return [];
    case 'exotel': {
      const { digest } = trunk.exotel;
      const user = trunk.outbound ? digest?.username : undefined;
      return [...outwardFaults(trunk, key), ...userFault(user, `${key}.exotel.digest.username`)];
    }
    case 'sip':
      return [
        ...outwardFaults(trunk, key),
        ...encryptionFaults(trunk, key),
        ...passwordFaults(trunk, key),
      ];
  }
}

/** Direction, way out and transports have to fit one another. */
function outwardFaults(trunk: ExotelTrunkConfig | SipTrunkConfig, key: string): Fault[] {
  const { direction, outbound, transports } = trunk;
  const faults: Fault[] = [];
  if (direction === 'inbound' && outbound) {
    const problem = 'must be outbound or both, because outbound is given (got "inbound")';
    faults.push({ key: `${key}.direction`, problem });
  }
  if (direction !== undefined && direction !== 'inbound' && !outbound) {
    const problem = `is not set, but direction is ${direction}: give the address that calls go out to`;
    faults.push({ key: `${key}.outbound`, problem });
  }
  if (outbound && !hostAndPort(outbound.address)) {
    const problem = `must be a host or host:port, for example sip.example.com:5060 (got ${JSON.stringify(outbound.address)})`;
    faults.push({ key: `${key}.outbound.address`, problem });
  }
  const told = transportOf(trunk);
  if (transports && direction !== 'outbound' && !transports.includes(told)) {
    const problem = `must have ${told}, which the carrier is told to call over (got ${transports.join(', ')})`;
    faults.push({ key: `${key}.transports`, problem });
  }
  return faults;
}

/** The bridge answers SRTP where it is offered, with keys that stand in the SDP (decision 0006). */
function encryptionFaults({ mediaEncryption, transport }: SipTrunkConfig, trunk: string): Fault[] {
  const key = `${trunk}.mediaEncryption`;
  switch (mediaEncryption) {
    case undefined:
      return [];
    case 'allow': {
      const problem = `"allow" wants transport: tls (got "${transport}"), because the keys stand in the SDP; or leave it out`;
      return transport === 'tls' ? [] : [{ key, problem }];
    }
    case 'off':
    case 'require': {
      const problem =
        'must be allow or left out with through: bridge: a call that comes with SRTP is answered with it, ' +
        `one that comes without is answered without (got "${mediaEncryption}")`;
      return [{ key, problem }];
    }
  }
}

/** The bridge keeps one password for each user of a trunk, whichever way the call goes. */
function passwordFaults({ digest = [], outbound }: SipTrunkConfig, trunk: string): Fault[] {
  const faults: Fault[] = [];
  const passwords = new Map<string, string>();
  for (const [index, { username, password }] of digest.entries()) {
    // One user may stand there without a list around it.
    const key = `${trunk}.digest${digest.length > 1 ? `[${index}]` : ''}.username`;
    faults.push(...userFault(username, key));
    if (passwords.has(username)) {
      faults.push({ key, problem: `"${username}" is in the list already; give each user once` });
    }
    passwords.set(username, password.reveal());
  }
  const out = outbound?.digest;
  if (!out) return faults;
  faults.push(...userFault(out.username, `${trunk}.outbound.digest.username`));
  if ((passwords.get(out.username) ?? out.password.reveal()) !== out.password.reveal()) {
    const problem = `must be the one that user "${out.username}" has in ${trunk}.digest: the bridge keeps one for each user of a trunk`;
    faults.push({ key: `${trunk}.outbound.digest.password`, problem });
  }
  return faults;
}

function userFault(user: string | undefined, key: string): Fault[] {
  if (user === undefined || DIGEST_USER.test(user)) return [];
  return [
    { key, problem: `must be 1 to 64 characters of a SIP user name (got ${JSON.stringify(user)})` },
  ];
}

/**
 * What LiveKit SIP has no place for.
 * @param key of the trunk, `patchbay:trunks[0]`
 */
export function livekitTrunkFaults(trunk: TrunkConfig, key: string): Fault[] {
  if (trunk.kind !== 'sip') return [];
  const problem = 'works with through: bridge only';
  const faults: Fault[] = [];
  for (const field of ['codecs', 'direction', 'transports', 'limits'] as const) {
    if (trunk[field] !== undefined) faults.push({ key: `${key}.${field}`, problem });
  }
  if (trunk.outbound?.domain !== undefined) faults.push({ key: `${key}.outbound.domain`, problem });
  const users = trunk.digest?.length ?? 0;
  if (users > 1) {
    const words = `has ${users} users, but LiveKit SIP takes one a trunk; through: bridge takes several`;
    faults.push({ key: `${key}.digest`, problem: words });
  }
  for (const number of Object.keys(trunk.numbers)) {
    if (phoneNumber.safeParse(number).success) continue;
    const words = `"${number}" must be a phone number in E.164 form, for example +12025550187; SIP users work with through: bridge only`;
    faults.push({ key: `${key}.numbers`, problem: words });
  }
  return faults;
}
