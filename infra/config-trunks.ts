import { z } from 'zod';
import { isPhoneNumber, phoneNumberSchema } from '@patchbay/common/sip-users';
import { hostName, secret } from './config-parts.ts';
import {
  bridgeTransport,
  bridgeTrunk,
  digest,
  digestUsers,
  domain,
  everyTrunk,
  numbers,
  type BridgeTransport,
} from './config-trunk-parts.ts';

const exotel = z.strictObject({
  ...everyTrunk,
  ...bridgeTrunk,
  kind: z.literal('exotel'),
  /** Called number → agent. */
  numbers: numbers(phoneNumberSchema),
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
  /** To call out through Exotel's edge. */
  outbound: z
    .strictObject({
      /** `host` or `host:port`. */
      address: z.string().min(1),
      /** `auto` is exotel.transport. */
      transport: z.enum(['auto', 'tcp', 'tls']).default('auto'),
      /** Host of our From; `<accountSid>.pstn.exotel.com` if absent. */
      domain: domain.optional(),
    })
    .optional(),
});

const twilio = z.strictObject({
  ...everyTrunk,
  kind: z.literal('twilio'),
  /** Called number → agent. */
  numbers: numbers(phoneNumberSchema),
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

/** A called number, or what else a carrier or a telephone system calls. */
const calledUser = z
  .string()
  .refine(
    (text) => isPhoneNumber(text) || /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(text),
    'must be a phone number in E.164 form, for example +12025550187, or a SIP user such as bank',
  );

const generic = z.strictObject({
  ...everyTrunk,
  ...bridgeTrunk,
  kind: z.literal('sip'),
  /** Which of our two phone doors takes it. */
  through: z.enum(['bridge', 'livekit']).default('bridge'),
  /** Called number → agent; through the bridge plain SIP users too. */
  numbers: numbers(calledUser),
  /** Name that the carrier calls the bridge by; each of patchbay:media.publicAddresses if absent. */
  host: hostName.optional(),
  /** What the carrier is told to call over. */
  transport: bridgeTransport.default('udp'),
  /** SRTP. `allow` by default through the bridge, `off` through LiveKit SIP. */
  mediaEncryption: z.enum(['off', 'allow', 'require']).optional(),
  /** Digest that callers must give, one user or (through the bridge) several. */
  digest: digestUsers.optional(),
  /** To call out. */
  outbound: z
    .strictObject({
      /** `host` or `host:port`. */
      address: z.string().min(1),
      /** `auto` through the bridge: the trunk's own. */
      transport: z.enum(['auto', 'udp', 'tcp', 'tls']).default('auto'),
      /** Host of our From, by which some carriers know us; the address's own if absent. Bridge only. */
      domain: domain.optional(),
      digest: digest.optional(),
    })
    .optional(),
});

export const trunkSchema = z.discriminatedUnion('kind', [exotel, twilio, generic]);

export type TrunkConfig = z.output<typeof trunkSchema>;
export type ExotelTrunkConfig = z.output<typeof exotel>;
export type TwilioTrunkConfig = z.output<typeof twilio>;
export type SipTrunkConfig = z.output<typeof generic>;

/** Name that carriers call the bridge by, where the trunk has one of its own. */
export function bridgeHostOf(trunk: TrunkConfig): string | undefined {
  switch (trunk.kind) {
    case 'exotel':
      return trunk.exotel.host;
    case 'twilio':
      return undefined;
    case 'sip':
      return trunk.host;
  }
}

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

/**
 * Transports that a trunk's calls may come over; undefined if it is not narrowed to some. A carrier of
 * the bridge that is told to call over TLS has no business elsewhere, unless `transports` says so.
 */
export function narrowedTo(trunk: TrunkConfig): BridgeTransport[] | undefined {
  if (trunk.kind === 'twilio') return undefined;
  const secret = doorOf(trunk) === 'bridge' && transportOf(trunk) === 'tls';
  return trunk.transports ?? (secret ? ['tls'] : undefined);
}

/** The transport that a trunk's carrier is told to call over, as far as it is set here. */
export function transportOf(trunk: TrunkConfig): BridgeTransport {
  switch (trunk.kind) {
    case 'exotel':
      return trunk.exotel.transport;
    case 'twilio':
      return trunk.secure ? 'tls' : 'tcp';
    case 'sip':
      return trunk.transport;
  }
}
