import { digestUserSchema, isPhoneNumber } from '@patchbay/common/sip-users';
import { hostAndPort } from './config-parts.ts';
import {
  narrowedTo,
  transportOf,
  type ExotelTrunkConfig,
  type SipTrunkConfig,
  type TrunkConfig,
} from './config-trunks.ts';
import type { Fault } from './fault.ts';
import { bridgeWayOut } from './ways-out.ts';

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

/** The keys of SRTP stand in the SDP (decision 0006), so that they are none without TLS. */
function encryptionFaults(trunk: SipTrunkConfig, at: string): Fault[] {
  const { mediaEncryption = 'off', direction, transport } = trunk;
  const key = `${at}.mediaEncryption`;
  const why = 'because the keys stand in the SDP';
  if (mediaEncryption === 'off') return [];
  if (transport !== 'tls') {
    const problem = `"${mediaEncryption}" wants transport: tls (got "${transport}"), ${why}; or leave it out`;
    return [{ key, problem }];
  }
  if (mediaEncryption === 'allow') return [];
  const faults: Fault[] = [];
  const plain = narrowedTo(trunk)?.filter((one) => one !== 'tls') ?? [];
  if (direction !== 'outbound' && plain.length > 0) {
    const problem = `"require" wants transports: [tls] (got ${plain.join(', ')} too), ${why}`;
    faults.push({ key, problem });
  }
  const out = bridgeWayOut(trunk)?.transport ?? 'tls';
  if (out !== 'tls') {
    const problem = `"require" wants outbound.transport: tls (got "${out}"), ${why}`;
    faults.push({ key, problem });
  }
  return faults;
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
  const read = digestUserSchema.optional().safeParse(user);
  return (read.error?.issues ?? []).map(({ message }) => ({
    key,
    problem: `${message} (got ${JSON.stringify(user)})`,
  }));
}

/**
 * What LiveKit SIP has no place for.
 * @param key of the trunk, `patchbay:trunks[0]`
 */
export function livekitTrunkFaults(trunk: TrunkConfig, key: string): Fault[] {
  if (trunk.kind !== 'sip') return [];
  const problem = 'works with through: bridge only';
  const faults: Fault[] = [];
  if (trunk.host !== undefined) {
    faults.push({ key: `${key}.host`, problem: `${problem}; here patchbay:livekitSip.host` });
  }
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
    if (isPhoneNumber(number)) continue;
    const words = `"${number}" must be a phone number in E.164 form, for example +12025550187; SIP users work with through: bridge only`;
    faults.push({ key: `${key}.numbers`, problem: words });
  }
  return faults;
}
