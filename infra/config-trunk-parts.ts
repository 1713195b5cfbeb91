import { z } from 'zod';
import { agentNameSchema } from '@patchbay/common/room-contract';
import { hostAndPort, secret, source } from './config-parts.ts';

export const bridgeTransport = z.enum(['udp', 'tcp', 'tls']);
export type BridgeTransport = z.output<typeof bridgeTransport>;

export const digest = z.strictObject({ username: z.string().min(1), password: secret(8) });
export type Digest = z.output<typeof digest>;

/** One digest user, or a list of them. */
export const digestUsers = z
  .union([digest, z.array(digest).min(1)])
  .transform((given) => (Array.isArray(given) ? given : [given]));

const sources = z.strictObject({
  /** Where the carrier's SIP messages come from: addresses and CIDRs. */
  signalling: z
    .array(source)
    .min(1, 'must list at least one address or CIDR; ask the carrier for them'),
  /** Where its RTP comes from, if from elsewhere. */
  media: z.array(source).default([]),
});

/** @param key what a number looks like */
export function numbers(key: z.ZodType<string, string>) {
  return z
    .record(key, agentNameSchema)
    .refine((given) => Object.keys(given).length > 0, 'must have at least one number');
}

/** Fields of every trunk. */
export const everyTrunk = {
  /** Stands in metrics, logs and names of resources. */
  name: z
    .string()
    .max(40, 'must have at most 40 characters')
    .regex(/^[a-z0-9][a-z0-9-]*$/, 'must be lower-case letters, digits and dashes'),
  sources,
};

/** Fields of trunks that the bridge takes, as its own trunks have them (docs/bridge-signalling.md). */
export const bridgeTrunk = {
  /** Both if absent. */
  codecs: z
    .array(z.enum(['PCMA', 'PCMU']))
    .min(1)
    .optional(),
  /** `both` where there is a way out, else `inbound`. */
  direction: z.enum(['inbound', 'outbound', 'both']).optional(),
  /** Transports that its calls may come over; if absent TLS where that is told, else all. */
  transports: z.array(bridgeTransport).min(1).optional(),
  /** Of each pod; beyond them 503. */
  limits: z
    .strictObject({
      /** Most calls at once. */
      calls: z.number().int().min(1).max(100_000).optional(),
      callsPerSecond: z.number().positive().optional(),
    })
    .optional(),
};

export const domain = z
  .string()
  .refine(
    (text) => hostAndPort(text) !== undefined && !text.includes(':'),
    'must be a host name or an IPv4 address',
  );
