import { isIP } from 'node:net';
import { z } from 'zod';
import { agentNameSchema } from '@patchbay/common/room-contract';
import { digestUserSchema } from '@patchbay/common/sip-users';
import { parseSource } from './sources.ts';
import { CODEC_NAMES } from './sdp.ts';
import { MEDIA_ENCRYPTIONS } from './sdp-crypto.ts';

export const TRANSPORTS = ['udp', 'tcp', 'tls'] as const;
export type Transport = (typeof TRANSPORTS)[number];

const source = z
  .string()
  .refine((text) => parseSource(text) !== undefined, 'must be an IP address or a CIDR');

const hostName = z
  .string()
  .refine(
    (text) => isIP(text) !== 0 || /^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/.test(text),
    'must be a host name or an IP address',
  );

/** Where calls of a trunk go out. */
const outbound = z.strictObject({
  host: hostName,
  port: z.int().min(1).max(65_535).default(5060),
  transport: z.enum(TRANSPORTS).default('udp'),
  /** Host part of our From; the trunk's own host by default. Carriers know us by it. */
  domain: hostName.optional(),
  /** User for digest; its password stands in BRIDGE_TRUNK_PASSWORDS. */
  user: digestUserSchema.optional(),
});

export const trunkSchema = z
  .strictObject({
    /** Stands in metrics, logs and the call record. */
    name: z
      .string()
      .max(40, 'must have at most 40 characters')
      .regex(/^[a-z0-9][a-z0-9-]*$/, 'must be lower-case letters, digits and dashes'),
    direction: z.enum(['inbound', 'outbound', 'both']).default('inbound'),
    /**
     * Called number → agent. Numbers in E.164 with `+`, or a plain SIP user such as `bank`. Calls
     * out show one of them as the caller.
     */
    numbers: z.record(z.string().min(1), agentNameSchema),
    /** Codecs this trunk may use; both by default. The caller's order decides which is taken. */
    codecs: z.array(z.enum(CODEC_NAMES)).min(1).default(['PCMA', 'PCMU']),
    /** Transports that its calls may come over; all by default. */
    transports: z
      .array(z.enum(TRANSPORTS))
      .min(1)
      .default([...TRANSPORTS]),
    /**
     * SRTP: `allow` answers it where it is offered and offers none, `require` offers it and takes
     * nothing else, `off` takes none. Its keys stand in the SDP, so `require` wants TLS.
     */
    mediaEncryption: z.enum(MEDIA_ENCRYPTIONS).default('allow'),
    /** Addresses and CIDRs that its signalling comes from; empty: from anywhere. */
    sources: z.array(source).default([]),
    /** Callers must be one of these digest users; empty: no digest is asked for. */
    users: z.array(digestUserSchema).default([]),
    limits: z
      .strictObject({
        /** Most calls at once. */
        calls: z.int().min(1).optional(),
        callsPerSecond: z.number().positive().optional(),
      })
      .default({}),
    outbound: outbound.optional(),
  })
  .superRefine((trunk, context) => {
    const wants = trunk.direction !== 'inbound';
    if (wants && !trunk.outbound) {
      const message = `must be given, because direction is ${trunk.direction}`;
      context.addIssue({ code: 'custom', path: ['outbound'], message });
    }
    if (!wants && trunk.outbound) {
      const message = 'must be outbound or both, because outbound is given';
      context.addIssue({ code: 'custom', path: ['direction'], message });
    }
    if (trunk.mediaEncryption !== 'require') return;
    const why = 'because mediaEncryption is require and the keys of SRTP stand in the SDP';
    if (trunk.direction !== 'outbound' && trunk.transports.some((one) => one !== 'tls')) {
      context.addIssue({
        code: 'custom',
        path: ['transports'],
        message: `must be ["tls"], ${why}`,
      });
    }
    if (trunk.outbound && trunk.outbound.transport !== 'tls') {
      const path = ['outbound', 'transport'];
      context.addIssue({ code: 'custom', path, message: `must be tls, ${why}` });
    }
  });

/** One trunk of the configuration. */
export type Trunk = z.output<typeof trunkSchema>;

/** Trunk → digest user → password. Kept apart from the trunks, which are no secret. */
export const trunkPasswordsSchema = z.record(z.string(), z.record(z.string(), z.string().min(1)));
export type TrunkPasswords = z.output<typeof trunkPasswordsSchema>;

/** What is wrong with the trunks taken together, in words; empty if nothing is. */
export function trunkFaults(trunks: readonly Trunk[]): string[] {
  return [...repeatedNames(trunks), ...repeatedNumbers(trunks)];
}

/** What the passwords lack or have too much. */
export function passwordFaults(trunks: readonly Trunk[], passwords: TrunkPasswords): string[] {
  const problems: string[] = [];
  const wanted = new Map(trunks.map((trunk) => [trunk.name, usersOf(trunk)]));
  for (const [name, users] of wanted) {
    for (const user of users) {
      if (passwords[name]?.[user] !== undefined) continue;
      problems.push(`must have a password for user ${user} of trunk ${name}`);
    }
  }
  for (const [name, users] of Object.entries(passwords)) {
    for (const user of Object.keys(users)) {
      if (wanted.get(name)?.includes(user)) continue;
      problems.push(`has a password for user ${user} of trunk ${name}, which no trunk asks for`);
    }
  }
  return problems;
}

function usersOf(trunk: Trunk): string[] {
  const out = trunk.outbound?.user;
  return [...trunk.users, ...(out === undefined || trunk.users.includes(out) ? [] : [out])];
}

/** Names stand in metrics: two trunks under one would be counted as one. */
function repeatedNames(trunks: readonly Trunk[]): string[] {
  const names = trunks.map(({ name }) => name);
  const repeated = names.filter((name, index) => names.indexOf(name) !== index);
  return [...new Set(repeated)].map((name) => `two trunks have the name ${name}`);
}

/** A number must lead to one agent, whichever way it is written. */
function repeatedNumbers(trunks: readonly Trunk[]): string[] {
  const seen = new Map<string, string>();
  const problems: string[] = [];
  for (const trunk of trunks) {
    for (const number of Object.keys(trunk.numbers)) {
      const key = number.replace(/^\+/, '');
      const other = seen.get(key);
      if (other !== undefined) {
        problems.push(`number ${number} of trunk ${trunk.name} is already in trunk ${other}`);
      }
      seen.set(key, trunk.name);
    }
  }
  return problems;
}
