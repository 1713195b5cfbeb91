import {
  autoscaling,
  chartSchema,
  drain,
  ingress,
  keys,
  livekit,
  logLevel,
  media,
  networkPolicy,
  pods,
  program,
  redis as redisAddress,
  rtp,
} from './common.ts';
import { flag, integer, kubernetesObject, list, map, object, port, text } from './shapes.ts';

const annotations = map(text());
const duration = { type: 'string', pattern: '^[0-9]+(ms|s|m)$' };

export const livekitServer = chartSchema({
  ...pods,
  ...program,
  ...drain,
  ...media,
  logLevel,
  keys: keys({ apiKey: text(), apiSecret: text() }),
  redis: redisAddress,
  rtc: object({ ...rtp, tcpPort: port }),
  turn: object({
    enabled: flag,
    domain: text(),
    udpPort: port,
    tlsPort: port,
    externalTls: flag,
    tls: object({ existingSecret: text() }),
    relayPortMin: port,
    relayPortMax: port,
    nodeCidrs: list(text()),
  }),
  webhookUrls: list(text()),
  room: object({
    emptyTimeoutSeconds: integer(1, 86_400),
    departureTimeoutSeconds: integer(1, 86_400),
  }),
  extraConfig: kubernetesObject,
  preStopSeconds: integer(1, 300),
  listenAddress: text(),
  service: object({ type: text('ClusterIP', 'NodePort', 'LoadBalancer'), port, annotations }),
  metrics: object({ enabled: flag, port }),
  ingress,
  networkPolicy: networkPolicy('ingressFrom', 'metricsFrom'),
  autoscaling: autoscaling('participantsPerPod'),
});

export const livekitSip = chartSchema({
  ...pods,
  ...program,
  ...drain,
  ...media,
  logLevel,
  livekit: object(livekit),
  redis: redisAddress,
  sip: object({
    port,
    tlsPort: port,
    tls: object({ existingSecret: text() }),
    hideInboundPort: flag,
  }),
  rtp: object(rtp),
  publicAddress: object({ address: text(), source: text('stun', 'hostIP'), localNet: text() }),
  extraConfig: kubernetesObject,
  preStopSeconds: integer(1, 300),
  service: object({ healthPort: port, annotations }),
  metrics: object({ enabled: flag, port }),
  allowedSources: list(text()),
  networkPolicy: networkPolicy('metricsFrom'),
  autoscaling: autoscaling('callsPerPod'),
});

export const redis = chartSchema({
  ...pods,
  auth: keys({ password: text() }),
  service: object({ port, annotations }),
  maxMemory: { type: 'string', pattern: '^[0-9]+(kb|mb|gb)$' },
  networkPolicy: networkPolicy('ingressFrom'),
});

const part = object({
  enabled: flag,
  namespaces: list(text(), { min: 1 }),
  ports: list(text(), { min: 1 }),
});

export const monitoring = chartSchema({
  labels: map(text()),
  interval: duration,
  scrapeTimeout: duration,
  rules: object({ enabled: flag, runbookUrl: text() }),
  dashboards: object({ enabled: flag, labels: map(text()), annotations }),
  parts: object({
    api: part,
    agent: part,
    bridge: part,
    'livekit-server': part,
    'livekit-sip': part,
  }),
});
