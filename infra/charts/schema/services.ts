import {
  autoscaling,
  chartSchema,
  drain,
  image,
  ingress,
  keys,
  livekit,
  logLevel,
  media,
  networkPolicy,
  pods,
  program,
  rtp,
} from './common.ts';
import {
  flag,
  integer,
  kubernetesObject,
  list,
  map,
  milliseconds,
  object,
  port,
  requiredText,
  text,
} from './shapes.ts';

const serviceType = text('ClusterIP', 'NodePort', 'LoadBalancer');
const annotations = map(text());
const logging = {
  logLevel,
  logPersonalData: flag,
  otel: object({ endpoint: text(), share: { type: 'number', minimum: 0, maximum: 1 } }),
};
const callRecords = object({ url: text() });
const agentName = { type: 'string', pattern: '^[a-z][a-z0-9-]*$', maxLength: 40 };
/** LiveKit's media ports as NetworkPolicies open them. */
const livekitMedia = object({
  udpMin: integer(1, 65_535),
  udpMax: integer(1, 65_535),
  tcpPort: port,
});

/** A way out for calls, as services/api reads it. */
const via = object(
  { name: requiredText, kind: text('bridge', 'livekit'), url: requiredText, trunk: requiredText },
  ['url', 'trunk'],
);

export const api = chartSchema({
  ...pods,
  ...program,
  ...logging,
  livekit: object({ ...livekit, publicUrl: text(), media: livekitMedia }),
  callRecords,
  agentCatalogUrl: text(),
  agentCatalog: object({ refreshMs: integer(100, 600_000), staleMs: integer(1_000, 600_000) }),
  session: keys({ secret: text(), ttlSeconds: integer(1, 86_400) }),
  accessKeys: keys({ keys: list(text()) }),
  tokenTtlSeconds: integer(1, 3_600),
  rateLimit: object({
    perMinute: integer(1, 1_000_000),
    perKeyPerMinute: integer(1, 1_000_000),
    callsPerCaller: integer(1, 1_000_000),
  }),
  outbound: object({
    vias: list(via),
    perMinute: integer(1, 1_000_000),
    maxCalls: integer(1, 100_000),
    existingSecret: text(),
  }),
  trustProxy: text(),
  listenAddress: requiredText,
  service: object({ type: serviceType, port, opsPort: port, annotations }),
  ingress,
  preStopSeconds: integer(1, 300),
  terminationGracePeriodSeconds: integer(1, 3_600),
  networkPolicy: networkPolicy('ingressFrom', 'metricsFrom', 'extraEgress'),
  metrics: object({ enabled: flag }),
  autoscaling: autoscaling('requestsPerSecondPerPod'),
});

const providerNames = ['DEEPGRAM', 'OPENAI', 'GROQ', 'CARTESIA', 'SARVAM'];
const providerUrls = providerNames.map((name) => `${name}_BASE_URL`);
const providerKeys = providerNames.map((name) => `${name}_API_KEY`);

/** Any of these variables. */
function anyOf(names: readonly string[]) {
  return object(Object.fromEntries(names.map((name) => [name, requiredText])), names);
}

export const agent = chartSchema({
  ...pods,
  ...program,
  ...drain,
  ...logging,
  livekit: object({ ...livekit, media: livekitMedia }),
  providers: keys({ keys: anyOf(providerKeys), baseUrls: anyOf(providerUrls) }),
  bank: object({ apiUrl: text(), defaultCustomer: text() }),
  maxCalls: integer(1, 1_000),
  idleProcesses: integer(1, 20),
  replyLimitMs: milliseconds,
  turn: object({
    detection: text('words', 'vad', 'stt'),
    minDelayMs: milliseconds,
    maxDelayMs: milliseconds,
    vadSilenceMs: milliseconds,
  }),
  listenAddress: requiredText,
  workerPort: port,
  service: object({ opsPort: port, annotations }),
  networkPolicy: networkPolicy('metricsFrom', 'extraEgress'),
  metrics: object({ enabled: flag }),
  autoscaling: autoscaling('freePlaces'),
});

const sipTransport = text('udp', 'tcp', 'tls');
const rate = { type: 'number', exclusiveMinimum: 0 };

const trunk = object(
  {
    name: { type: 'string', pattern: '^[a-z0-9][a-z0-9-]*$', maxLength: 40 },
    numbers: { ...map(agentName), minProperties: 1 },
    direction: text('inbound', 'outbound', 'both'),
    codecs: list(text('PCMA', 'PCMU'), { min: 1 }),
    transports: list(sipTransport, { min: 1 }),
    mediaEncryption: text('off', 'allow', 'require'),
    sources: list(requiredText),
    users: list(requiredText),
    limits: object({ calls: integer(1, 100_000), callsPerSecond: rate }, [
      'calls',
      'callsPerSecond',
    ]),
    outbound: object(
      // The carrier's port: some answer TLS at 443.
      {
        host: requiredText,
        port: integer(1, 65_535),
        transport: sipTransport,
        domain: text(),
        user: text(),
      },
      ['port', 'transport', 'domain', 'user'],
    ),
  },
  [
    'direction',
    'codecs',
    'transports',
    'mediaEncryption',
    'sources',
    'users',
    'limits',
    'outbound',
  ],
);

export const bridge = chartSchema({
  ...pods,
  ...program,
  ...drain,
  ...media,
  ...logging,
  command: list(requiredText, { min: 1 }),
  callRecords,
  livekit: object(livekit),
  trunks: list(trunk),
  trunkPasswords: object({ existingSecret: text() }),
  admission: object({
    unknownSource: text('drop', 'refuse'),
    sourceCallsPerSecond: rate,
    maxCalls: integer(0, 100_000),
  }),
  agentCatalogUrl: text(),
  agentCatalog: object({ refreshMs: integer(100, 600_000), staleMs: integer(1_000, 600_000) }),
  control: object({ existingSecret: text(), port }),
  sip: object({
    port,
    tlsPort: port,
    transports: { ...list(sipTransport, { min: 1 }), uniqueItems: true },
    tls: object({ existingSecret: text() }),
    localNet: text(),
  }),
  rtp: object({
    ...rtp,
    bindAddress: requiredText,
    restMs: milliseconds,
    latch: text('signalled-address', 'first-packet'),
  }),
  publicAddress: object({
    address: text(),
    source: text('node', 'hostIP'),
    annotation: requiredText,
  }),
  drachtio: keys({
    image,
    secret: text(),
    port,
    logLevel: text('notice', 'error', 'warning', 'info', 'debug'),
    sofiaLogLevel: integer(0, 9),
    command: list(text()),
    extraEnv: program.extraEnv ?? {},
    resources: kubernetesObject,
  }),
  limits: object({
    agentWaitMs: milliseconds,
    mediaStartTimeoutMs: milliseconds,
    mediaTimeoutMs: milliseconds,
    maxCallMs: milliseconds,
    ringLimitMs: milliseconds,
  }),
  engine: text('direct', 'sdk'),
  mediaWorkers: integer(0, 64),
  listenAddress: text(),
  service: object({ opsPort: port, annotations }),
  rbac: object({ create: flag }),
  allowedSources: list(text()),
  networkPolicy: networkPolicy('metricsFrom', 'controlFrom'),
  metrics: object({ enabled: flag, sipPort: port }),
  autoscaling: autoscaling('callsPerPod'),
});
