import { agentNameSchema } from '@patchbay/common/room-contract';
import { z } from 'zod';
import { cidr, hostName, phoneNumber, secret } from './config-parts.ts';
import type { SipTransport } from './trunks/livekit-enums.ts';

const digest = z.strictObject({ username: z.string().min(1), password: secret(8) });

const sources = z.strictObject({
  /** Where the carrier's SIP messages come from. */
  signalling: z
    .array(cidr)
    .min(1, 'must list at least one CIDR; ask the carrier for its addresses'),
  /** Where its RTP comes from, if from elsewhere. */
  media: z.array(cidr).default([]),
});

const common = {
  /** Stands in metrics, logs and names of resources. */
  name: z
    .string()
    .max(40, 'must have at most 40 characters')
    .regex(/^[a-z0-9][a-z0-9-]*$/, 'must be lower-case letters, digits and dashes'),
  /** Called number → agent. */
  numbers: z
    .record(phoneNumber, agentNameSchema)
    .refine((numbers) => Object.keys(numbers).length > 0, 'must have at least one number'),
  sources,
};

const bridgeTransport = z.enum(['tcp', 'tls', 'udp']);

const exotel = z.strictObject({
  ...common,
  kind: z.literal('exotel'),
  codecs: z
    .array(z.enum(['PCMA', 'PCMU']))
    .min(1)
    .default(['PCMA', 'PCMU']),
  exotel: z.strictObject({
    /** Mumbai or Singapore. */
    region: z.enum(['mumbai', 'singapore']).default('mumbai'),
    accountSid: z.string().min(1),
    apiKey: secret(),
    apiToken: secret(),
    /** Exotel's name of the trunk. */
    trunkName: z
      .string()
      .regex(/^[A-Za-z0-9_]{1,16}$/, 'must be 1 to 16 letters, digits and underscores'),
    /** A trunk that is there already. */
    trunkSid: z.string().min(1).optional(),
    /** Exotel offers no UDP. */
    transport: z.enum(['tcp', 'tls']).default('tcp'),
    /** Name that Exotel calls; each of patchbay:media.publicAddresses if absent. */
    host: hostName.optional(),
    /** Digest for calls out; the public addresses are allowed instead if absent. */
    digest: digest.optional(),
  }),
});

const twilio = z.strictObject({
  ...common,
  kind: z.literal('twilio'),
  /** TLS and SRTP, both. */
  secure: z.boolean().default(false),
  twilio: z.strictObject({
    accountSid: z.string().regex(/^AC[0-9a-f]{32}$/i, 'must be AC and 32 hexadecimal digits'),
    /** API key (SK…) and its secret; or the account's sid and auth token. */
    user: z.string().min(1),
    password: secret(),
    /** `<name>.pstn.twilio.com`, to call out. */
    domainName: z
      .string()
      .regex(/^[a-z0-9-]+\.pstn\.twilio\.com$/, 'must end with .pstn.twilio.com')
      .optional(),
    /** Credentials of the trunk's credential list, to call out. */
    digest: digest.optional(),
  }),
});

const generic = z.strictObject({
  ...common,
  kind: z.literal('sip'),
  /** Which of our two phone doors takes it. */
  through: z.enum(['bridge', 'livekit']).default('bridge'),
  transport: bridgeTransport.default('udp'),
  codecs: z
    .array(z.enum(['PCMA', 'PCMU']))
    .min(1)
    .default(['PCMA', 'PCMU']),
  mediaEncryption: z.enum(['off', 'allow', 'require']).default('off'),
  /** Digest that callers must give; LiveKit SIP only. */
  digest: digest.optional(),
  /** To call out; LiveKit SIP only. */
  outbound: z
    .strictObject({
      address: z.string().min(1),
      transport: z.enum(['auto', 'udp', 'tcp', 'tls']).default('auto'),
      digest: digest.optional(),
    })
    .optional(),
});

export const trunkSchema = z.discriminatedUnion('kind', [exotel, twilio, generic]);

export type TrunkConfig = z.output<typeof trunkSchema>;
export type ExotelTrunkConfig = z.output<typeof exotel>;
export type TwilioTrunkConfig = z.output<typeof twilio>;
export type SipTrunkConfig = z.output<typeof generic>;

/** Whether the bridge or LiveKit SIP takes a trunk's calls. */
export function doorOf(trunk: TrunkConfig): 'bridge' | 'livekit' {
  switch (trunk.kind) {
    case 'exotel':
      return 'bridge';
    case 'twilio':
      return 'livekit';
    case 'sip':
      return trunk.through;
  }
}

/** How LiveKit SIP calls out over a trunk. */
export interface WayOut {
  address: string;
  transport: SipTransport;
  digest: z.output<typeof digest> | undefined;
}

/** @returns undefined for a trunk that no calls go out over by LiveKit SIP */
export function livekitWayOut(trunk: TrunkConfig): WayOut | undefined {
  switch (trunk.kind) {
    case 'twilio': {
      const { domainName: address, digest } = trunk.twilio;
      return address === undefined
        ? undefined
        : { address, transport: trunk.secure ? 'tls' : 'tcp', digest };
    }
    case 'sip': {
      if (!trunk.outbound) return undefined;
      const { address, transport, digest } = trunk.outbound;
      return { address, transport, digest };
    }
    case 'exotel':
      return undefined;
  }
}

/** Name of a trunk's outbound trunk at LiveKit. */
export function livekitTrunkName(name: string): string {
  return `patchbay-${name}`;
}
