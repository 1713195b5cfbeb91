import {
  flag,
  integer,
  kubernetesObject,
  kubernetesObjects,
  list,
  map,
  object,
  port,
  requiredText,
  text,
  type Schema,
} from './shapes.ts';

type Properties = Record<string, Schema>;

export const image = object({
  repository: requiredText,
  tag: text(),
  digest: text(),
  pullPolicy: text('Always', 'IfNotPresent', 'Never'),
});

/** An existing Secret, or its values inline. */
export function keys(inline: Properties): Schema {
  return object({ existingSecret: text(), ...inline });
}

export const livekit: Properties = {
  url: text(),
  existingSecret: text(),
  apiKey: text(),
  apiSecret: text(),
};

export const redis = object({
  address: text(),
  username: text(),
  db: integer(0, 1_000),
  tls: flag,
  existingSecret: text(),
  password: text(),
});

export const logLevel = text('fatal', 'error', 'warn', 'info', 'debug', 'trace');

/** Fields of every chart that has pods. */
export const pods: Properties = {
  image,
  imagePullSecrets: kubernetesObjects,
  runAsUser: integer(1, 2_147_483_647),
  secretsChecksum: text(),
  resources: kubernetesObject,
  nodeSelector: map(text()),
  tolerations: kubernetesObjects,
  affinity: kubernetesObject,
  topologySpread: list(
    object(
      {
        topologyKey: requiredText,
        maxSkew: integer(1, 1_000),
        whenUnsatisfiable: text('DoNotSchedule', 'ScheduleAnyway'),
      },
      ['maxSkew', 'whenUnsatisfiable'],
    ),
  ),
  priorityClassName: text(),
  podAnnotations: map(text()),
  podLabels: map(text()),
  serviceAccount: object({ create: flag, name: text(), annotations: map(text()) }),
  podDisruptionBudget: object({ enabled: flag, maxUnavailable: amount() }),
};

/** Fields of every chart whose program can be told more. */
export const program: Properties = {
  command: list(text()),
  args: list(text()),
  extraEnv: list(
    object({ name: requiredText, value: text(), valueFrom: kubernetesObject }, [
      'value',
      'valueFrom',
    ]),
  ),
  replicas: integer(0, 1_000),
};

/** Fields of charts whose pods hold calls. */
export const drain: Properties = {
  drain: object({ limitSeconds: integer(0, 604_800), marginSeconds: integer(15, 3_600) }),
  terminationGracePeriodSeconds: { anyOf: [{ type: 'null' }, integer(1, 700_000)] },
};

const range = {
  min: integer(1, 65_535),
  max: integer(1, 65_535),
};

/** Fields of charts on the nodes' own network. */
export const media: Properties = {
  hostNetwork: flag,
  nodePool: text(),
  rollout: object({ maxUnavailable: amount() }),
  publicAddress: object({ address: text(), source: text('stun', 'hostIP') }),
  portRanges: object({
    others: list(
      object({ name: requiredText, ...range, protocol: text('udp', 'tcp', 'both') }, ['protocol']),
    ),
    reservedOnNodes: list(object(range)),
  }),
};

export const rtp: Properties = { portMin: port, portMax: port };

export const ingress = object({
  enabled: flag,
  className: text(),
  host: text(),
  annotations: map(text()),
  tls: object({ enabled: flag, secretName: text() }),
});

/** @param perPod field that says how much of KEDA's query one pod may hold */
export function autoscaling(perPod: string): Schema {
  return object({
    enabled: flag,
    kind: text('keda', 'hpa'),
    minReplicas: integer(1, 1_000),
    maxReplicas: integer(1, 1_000),
    scaleDown: object({
      waitSeconds: integer(0, 3_600),
      secondsPerPod: integer(1, 1_800),
    }),
    hpa: object({ cpuPercent: integer(1, 100) }),
    keda: object({
      prometheusUrl: text(),
      query: text(),
      [perPod]: integer(1, 1_000_000),
      pollingSeconds: integer(1, 3_600),
      authentication: text(),
    }),
  });
}

/** @param more fields of this chart's policy beside `enabled` */
export function networkPolicy(...more: string[]): Schema {
  return object({
    enabled: flag,
    ...Object.fromEntries(more.map((name) => [name, kubernetesObjects])),
  });
}

/** So many, or a share. */
function amount(): Schema {
  return { anyOf: [integer(1, 1_000), { type: 'string', pattern: '^[0-9]{1,3}%$' }] };
}

/** A chart's whole schema. Fields that Helm itself adds are let through. */
export function chartSchema(properties: Properties): Schema {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    ...object(
      {
        global: kubernetesObject,
        'patchbay-lib': kubernetesObject,
        nameOverride: text(),
        fullnameOverride: text(),
        ...properties,
      },
      // Helm takes null for absent.
      ['global', 'patchbay-lib', 'terminationGracePeriodSeconds'],
    ),
  };
}
