import { z } from 'zod';
import { phoneNumberSchema } from '@patchbay/common/sip-users';
import {
  address,
  cidr,
  count,
  hostName,
  image,
  kubernetesName,
  port,
  portRange,
  secret,
  url,
} from './config-parts.ts';
import { trunkSchema } from './config-trunks.ts';

const labels = z.record(z.string(), z.string());

const livekitKeys = {
  apiKey: z.string().min(1),
  apiSecret: secret(32),
  /** As this machine reaches its API, to make trunks; publicUrl or url if absent. */
  adminUrl: url('ws', 'wss', 'http', 'https').optional(),
};

const livekit = z.discriminatedUnion('mode', [
  z.strictObject({
    mode: z.literal('own'),
    ...livekitKeys,
    replicas: count(50).default(1),
    /** As browsers reach it; wss://<ingress.livekitHost> if absent. */
    publicUrl: url('ws', 'wss').optional(),
    drainLimitSeconds: count(86_400, 0).default(3_600),
    /** TURN by LiveKit itself, for callers whose network lets only TLS through; none if absent. */
    turn: z
      .strictObject({
        /** Name in the certificate, of a load balancer that takes its 443 to ports.livekit.turnTls. */
        domain: hostName,
        /** Secret with tls.crt and tls.key in the media namespace; the load balancer ends TLS if absent. */
        tlsSecret: kubernetesName.optional(),
        /** Networks of the media nodes, where those have private addresses only: TURN relays to no others. */
        nodeCidrs: z.array(cidr).default([]),
      })
      .optional(),
  }),
  z.strictObject({
    mode: z.literal('existing'),
    ...livekitKeys,
    /** LiveKit Cloud's, or that of another LiveKit of yours. */
    url: url('ws', 'wss'),
    publicUrl: url('ws', 'wss').optional(),
    /** Its SIP host, for trunks through LiveKit: `<project>.sip.livekit.cloud`. */
    sipHost: hostName.optional(),
  }),
]);

const redis = z.discriminatedUnion('mode', [
  /** One pod that forgets everything: for development. */
  z.strictObject({ mode: z.literal('dev') }),
  z.strictObject({
    mode: z.literal('external'),
    address: z
      .string()
      .regex(/^[^\s/:]+:\d{1,5}$/, 'must be host:port, for example redis.example.com:6379'),
    username: z.string().default(''),
    password: secret().optional(),
    tls: z.boolean().default(false),
  }),
]);

const autoscaling = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('none') }),
  z.strictObject({ kind: z.literal('hpa'), maxReplicas: count(200, 2).default(10) }),
  z.strictObject({
    kind: z.literal('keda'),
    maxReplicas: count(200, 2).default(10),
    prometheusUrl: url('http', 'https'),
  }),
]);

const tls = z.discriminatedUnion('mode', [
  z.strictObject({ mode: z.literal('none') }),
  z.strictObject({
    mode: z.literal('cert-manager'),
    issuer: kubernetesName,
    issuerKind: z.enum(['ClusterIssuer', 'Issuer']).default('ClusterIssuer'),
  }),
  z.strictObject({ mode: z.literal('secret'), secretName: kubernetesName }),
]);

/** Each key is a key of the stack's configuration: `patchbay:<key>`. */
export const configSchema = z.strictObject({
  namespaces: z
    .strictObject({
      apps: kubernetesName.default('patchbay'),
      media: kubernetesName.default('patchbay-media'),
      /** False if they are there already, with their Pod Security labels. */
      create: z.boolean().default(true),
    })
    .prefault({}),
  images: z.strictObject({
    /** Ours are `<registry>/{api,agent,bridge}`. */
    registry: z
      .string()
      .regex(/^[a-z0-9.\-_/:]+$/, 'must be a registry and folder, without https://'),
    /** Of our images, unless one says otherwise. */
    tag: z.string().min(1),
    pullPolicy: z.enum(['IfNotPresent', 'Always', 'Never']).default('IfNotPresent'),
    pullSecrets: z.array(kubernetesName).default([]),
    api: image,
    agent: image,
    bridge: image,
    drachtio: image,
    livekitServer: image,
    livekitSip: image,
    redis: image,
  }),
  livekit,
  /** LiveKit keeps its cluster and its trunks in it. */
  redis: redis.optional(),
  /** The nodes that carry calls on hostNetwork. */
  media: z
    .strictObject({
      /** Addresses that carriers reach them at, one a node; asked of each node if empty. */
      publicAddresses: z.array(address).default([]),
      /** How a pod finds its address: the node's ExternalIP or annotation, or its only address. */
      addressSource: z.enum(['node', 'hostIP']).default('node'),
      nodeSelector: labels.default({ 'patchbay.dev/pool': 'media' }),
      /** The pool's taint; false if it has none. */
      taint: z
        .union([z.literal(false), z.strictObject({ key: z.string(), value: z.string() })])
        .default({ key: 'patchbay.dev/pool', value: 'media' }),
      /** Port ranges kept out of the kernel's hands on these nodes (ip_local_reserved_ports). */
      reservedPorts: z.array(portRange).default([{ min: 50_000, max: 55_999 }]),
    })
    .prefault({}),
  bridge: z
    .strictObject({
      enabled: z.boolean().default(true),
      replicas: count(50).default(1),
      /** Password between the bridge and drachtio-server in its pod; derived from livekit.apiSecret if absent. */
      drachtioSecret: secret(16).optional(),
      /** Secret with tls.crt and tls.key in the media namespace, for trunks over TLS. */
      tlsSecret: kubernetesName.optional(),
      /** Between the API and the bridge, to order calls out; derived from livekit.apiSecret if absent. */
      controlKey: secret(24).optional(),
      drainLimitSeconds: count(86_400, 0).default(3_600),
    })
    .prefault({}),
  livekitSip: z
    .strictObject({
      enabled: z.boolean().default(false),
      replicas: count(50).default(1),
      /** Name of the media nodes, for carriers; the public addresses if absent. */
      host: hostName.optional(),
      /** Secret with tls.crt and tls.key in the media namespace, for trunks over TLS. */
      tlsSecret: kubernetesName.optional(),
      drainLimitSeconds: count(86_400, 0).default(3_600),
    })
    .prefault({}),
  api: z
    .strictObject({
      replicas: count(100).default(2),
      /** Signs the page's cookie; derived from livekit.apiSecret if absent. */
      sessionSecret: secret(32).optional(),
      /** Keys for programs that fetch tokens. */
      accessKeys: z.array(secret(24)).default([]),
      rateLimitPerMinute: count(1_000_000).default(30),
      maxCallsPerCaller: count(1_000_000).default(5),
    })
    .prefault({}),
  agent: z.strictObject({
    replicas: count(200).default(2),
    maxCalls: count(200).default(10),
    idleProcesses: count(20).default(2),
    drainLimitSeconds: count(86_400, 0).default(3_600),
    providers: z
      .strictObject({
        deepgramApiKey: secret().optional(),
        openaiApiKey: secret().optional(),
        groqApiKey: secret().optional(),
        cartesiaApiKey: secret().optional(),
        sarvamApiKey: secret().optional(),
        /** Other addresses, by variable. */
        baseUrls: z
          .partialRecord(
            z.enum([
              'DEEPGRAM_BASE_URL',
              'OPENAI_BASE_URL',
              'GROQ_BASE_URL',
              'CARTESIA_BASE_URL',
              'SARVAM_BASE_URL',
            ]),
            url('ws', 'wss', 'http', 'https'),
          )
          .default({}),
      })
      .prefault({}),
    bank: z.strictObject({
      apiUrl: url('http', 'https'),
      defaultCustomer: phoneNumberSchema.optional(),
    }),
  }),
  ingress: z
    .strictObject({
      className: z.string().default('nginx'),
      /** The page and the token API. */
      host: hostName,
      /** LiveKit's signalling; only with a LiveKit of our own. */
      livekitHost: hostName.optional(),
      tls: tls.default({ mode: 'none' }),
      /** Annotations for external-dns. */
      externalDns: z.boolean().default(false),
      annotations: labels.default({}),
    })
    .optional(),
  ports: z
    .strictObject({
      livekit: z
        .strictObject({
          http: port.default(7_880),
          tcp: port.default(7_881),
          media: portRange.default({ min: 50_000, max: 54_999 }),
          metrics: port.default(6_789),
          turn: port.default(3_478),
          turnTls: port.default(5_349),
          turnRelay: portRange.default({ min: 55_000, max: 55_999 }),
        })
        .prefault({}),
      livekitSip: z
        .strictObject({
          sip: port.default(5_060),
          tls: port.default(5_061),
          rtp: portRange.default({ min: 10_000, max: 19_999 }),
          metrics: port.default(6_790),
          health: port.default(6_791),
        })
        .prefault({}),
      bridge: z
        .strictObject({
          sip: port.default(5_070),
          tls: port.default(5_071),
          rtp: portRange.default({ min: 20_000, max: 29_999 }),
          ops: port.default(9_090),
          sipMetrics: port.default(9_091),
          control: port.default(9_095),
        })
        .prefault({}),
    })
    .prefault({}),
  /** What pods ask the scheduler for: enough for their calls, or so little that one small node bears all. */
  requests: z.enum(['production', 'small']).default('production'),
  monitoring: z
    .strictObject({
      enabled: z.boolean().default(false),
      labels: labels.default({}),
      /** Where alerts send people; the alert's name is put behind it. */
      runbookUrl: z.url().optional(),
      dashboards: z
        .strictObject({ labels: labels.optional(), annotations: labels.default({}) })
        .prefault({}),
    })
    .prefault({}),
  /** Where traces of calls go by OTLP over HTTP; nowhere if absent. */
  tracing: z
    .strictObject({
      endpoint: url('http', 'https'),
      /** Share of calls that are traced. */
      share: z.number().min(0).max(1).default(1),
    })
    .optional(),
  /** Where call records go by POST, besides the log. */
  callRecordUrl: url('http', 'https').optional(),
  autoscaling: autoscaling.default({ kind: 'none' }),
  trunks: z.array(trunkSchema).default([]),
});

/** The stack's configuration, checked and with defaults. Secrets are {@link SecretText}. */
export type DeployConfig = z.output<typeof configSchema>;
