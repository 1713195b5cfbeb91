import type { KubeObject } from '../testing/kube-object.ts';

/** A container as charts render it, as far as tests look at it. */
export interface Container {
  name: string;
  image: string;
  command?: string[];
  args?: string[];
  restartPolicy?: string;
  env?: EnvVariable[];
  envFrom?: { configMapRef: { name: string } }[];
  ports?: { name: string; containerPort: number; protocol: string }[];
  resources?: { requests?: Record<string, string>; limits?: Record<string, string> };
  securityContext?: Record<string, unknown>;
  startupProbe?: object;
  livenessProbe?: object;
  readinessProbe?: object;
  lifecycle?: { preStop?: { sleep?: { seconds: number } } };
}

interface EnvVariable {
  name: string;
  value?: string;
  valueFrom?: {
    secretKeyRef?: { name: string; key: string; optional?: boolean };
    fieldRef?: { fieldPath: string };
  };
}

export interface PodSpec {
  hostNetwork?: boolean;
  dnsPolicy?: string;
  automountServiceAccountToken?: boolean;
  enableServiceLinks?: boolean;
  terminationGracePeriodSeconds?: number;
  nodeSelector?: Record<string, string>;
  tolerations?: object[];
  affinity?: object;
  topologySpreadConstraints?: object[];
  securityContext?: Record<string, unknown>;
  initContainers?: Container[];
  containers: Container[];
  volumes?: Record<string, unknown>[];
}

export interface Pod {
  /** Kind and name of what makes it, for messages. */
  from: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  spec: PodSpec;
}

/** The pods that rendered objects make: those of Deployments, and `helm test`'s. */
export function podsOf(objects: readonly KubeObject[]): Pod[] {
  return objects.flatMap((object) => {
    const from = `${object.kind} ${object.metadata.name}`;
    const template = object.kind === 'Pod' ? object : (object.spec?.template as KubeObject);
    if (!['Pod', 'Deployment', 'StatefulSet', 'DaemonSet'].includes(object.kind)) return [];
    const { labels = {}, annotations = {} } = template.metadata;
    return [{ from, labels, annotations, spec: template.spec as unknown as PodSpec }];
  });
}

/** Every container of a pod, those that start before the others first. */
export function containersOf(pod: Pod): Container[] {
  return [...(pod.spec.initContainers ?? []), ...pod.spec.containers];
}

/** The container of this name. @throws Error if no pod has it */
export function containerNamed(objects: readonly KubeObject[], name: string): Container {
  const found = podsOf(objects)
    .flatMap(containersOf)
    .find((container) => container.name === name);
  if (!found) throw new Error(`no container ${name}`);
  return found;
}

/** The object of a kind, the first or the one of a name. @throws Error if there is none */
export function objectOf(objects: readonly KubeObject[], kind: string, name?: string): KubeObject {
  const found = objects.find(
    (object) => object.kind === kind && (name === undefined || object.metadata.name === name),
  );
  if (!found) throw new Error(`no ${kind} ${name ?? ''}`);
  return found;
}
