import type { Image } from '../config-parts.ts';
import type { DeployConfig } from '../config-schema.ts';
import { nodePorts, type NodePort } from '../node-ports.ts';

export interface ImageValues {
  repository?: string;
  tag?: string;
  digest?: string;
  pullPolicy: string;
}

/** One of our own images: `<registry>/<name>`, the common tag unless it has its own. */
export function ourImage({ images }: DeployConfig, name: 'agent' | 'api' | 'bridge'): ImageValues {
  const own = images[name];
  return {
    repository: own.repository ?? `${images.registry}/${name}`,
    tag: own.tag ?? images.tag,
    ...(own.digest ? { digest: own.digest } : {}),
    pullPolicy: images.pullPolicy,
  };
}

/** Somebody else's image: the chart's own pin unless the configuration says otherwise. */
export function foreignImage({ images }: DeployConfig, own: Image): ImageValues {
  return {
    ...(own.repository ? { repository: own.repository } : {}),
    ...(own.tag ? { tag: own.tag } : {}),
    ...(own.digest ? { digest: own.digest } : {}),
    pullPolicy: images.pullPolicy,
  };
}

/** Where traces go; the chart's default, nowhere, holds if the stack says nothing. */
export interface TracingValues {
  otel?: { endpoint: string; share: number };
}

export function tracingValues({ tracing }: DeployConfig): TracingValues {
  return tracing ? { otel: tracing } : {};
}

/** Where call records go besides the log. */
export interface CallRecordValues {
  callRecords?: { url: string };
}

export function callRecordValues({ callRecordUrl: url }: DeployConfig): CallRecordValues {
  return url === undefined ? {} : { callRecords: { url } };
}

export interface PullSecretValues {
  imagePullSecrets: { name: string }[];
}

export function pullSecrets({ images }: DeployConfig): PullSecretValues {
  return { imagePullSecrets: images.pullSecrets.map((name) => ({ name })) };
}

/** Where pods on hostNetwork may run. */
export interface MediaPoolValues {
  /** Off: what the stack's configuration says takes the place of the chart's own pool. */
  nodePool: '';
  nodeSelector: Record<string, string>;
  tolerations: { key: string; operator: string; value: string; effect: string }[];
}

export function mediaPool({ media }: DeployConfig): MediaPoolValues {
  return {
    nodePool: '',
    nodeSelector: media.nodeSelector,
    tolerations: media.taint ? [{ ...media.taint, operator: 'Equal', effect: 'NoSchedule' }] : [],
  };
}

export interface PortRangeValues {
  others: { name: string; min: number; max: number; protocol: 'udp' | 'tcp' | 'both' }[];
  reservedOnNodes: { min: number; max: number }[];
}

/** What the other parts take on a media node, for the chart's own check. */
export function otherPorts(config: DeployConfig, part: NodePort['part']): PortRangeValues {
  return {
    others: nodePorts(config)
      .filter((range) => range.part !== part)
      .map(({ name, min, max, protocol }) => ({
        name,
        min,
        max,
        protocol: protocol === 'tcp+udp' ? 'both' : protocol,
      })),
    reservedOnNodes: config.media.reservedPorts,
  };
}

export interface PublicAddressValues {
  address: string;
  source: string;
}

/** One address for all pods is right with one node only; otherwise each pod finds its own. */
export function publicAddress(
  { media }: DeployConfig,
  replicas: number,
  sourceOfNode: 'node' | 'stun',
): PublicAddressValues {
  const [only, ...more] = media.publicAddresses;
  const address = replicas === 1 && more.length === 0 ? (only ?? '') : '';
  return { address, source: media.addressSource === 'hostIP' ? 'hostIP' : sourceOfNode };
}

export interface AutoscalingValues {
  enabled: boolean;
  kind?: 'hpa' | 'keda';
  minReplicas?: number;
  maxReplicas?: number;
  keda?: { prometheusUrl: string };
}

/** The stack's way of scaling, from a part's replicas upwards. */
export function autoscalingValues(
  { autoscaling }: DeployConfig,
  replicas: number,
): AutoscalingValues {
  if (autoscaling.kind === 'none') return { enabled: false };
  return {
    enabled: true,
    kind: autoscaling.kind,
    minReplicas: replicas,
    maxReplicas: Math.max(replicas, autoscaling.maxReplicas),
    ...(autoscaling.kind === 'keda' ? { keda: { prometheusUrl: autoscaling.prometheusUrl } } : {}),
  };
}

export interface RequestsValues {
  resources?: { requests: { cpu: string; memory: string } };
}

/** What the scheduler keeps free for a pod: the chart's own figures, or next to nothing. */
export function podRequests({ requests }: DeployConfig): RequestsValues {
  return requests === 'small' ? { resources: { requests: { cpu: '50m', memory: '64Mi' } } } : {};
}

/** What all parts on hostNetwork are told. */
export interface MediaPartValues extends PullSecretValues, MediaPoolValues, RequestsValues {
  replicas: number;
  publicAddress: PublicAddressValues;
  drain: { limitSeconds: number };
  portRanges: PortRangeValues;
  autoscaling: AutoscalingValues;
}

/** @param sourceOfNode how a pod finds its node's public address if the stack does not say */
export function mediaPart(
  config: DeployConfig,
  part: NodePort['part'],
  { replicas, drainLimitSeconds }: { replicas: number; drainLimitSeconds: number },
  sourceOfNode: 'node' | 'stun',
): MediaPartValues {
  return {
    ...pullSecrets(config),
    ...mediaPool(config),
    ...podRequests(config),
    replicas,
    publicAddress: publicAddress(config, replicas, sourceOfNode),
    drain: { limitSeconds: drainLimitSeconds },
    portRanges: otherPorts(config, part),
    autoscaling: autoscalingValues(config, replicas),
  };
}

export interface IngressValues {
  enabled: boolean;
  className?: string;
  host?: string;
  annotations?: Record<string, string>;
  tls?: { enabled: boolean; secretName?: string };
}

/** @param secretSuffix tells the certificates of several hosts apart */
export function ingressValues(
  { ingress }: DeployConfig,
  host: string | undefined,
  secretSuffix: string,
): IngressValues {
  if (!ingress || host === undefined) return { enabled: false };
  const { tls } = ingress;
  const issuerKey =
    tls.mode === 'cert-manager' && tls.issuerKind === 'Issuer' ? 'issuer' : 'cluster-issuer';
  return {
    enabled: true,
    className: ingress.className,
    host,
    annotations: {
      ...(tls.mode === 'cert-manager' ? { [`cert-manager.io/${issuerKey}`]: tls.issuer } : {}),
      ...(ingress.externalDns ? { 'external-dns.alpha.kubernetes.io/hostname': host } : {}),
      ...ingress.annotations,
    },
    tls: {
      enabled: tls.mode !== 'none',
      ...(tls.mode === 'secret' ? { secretName: tls.secretName } : {}),
      ...(tls.mode === 'cert-manager' ? { secretName: `patchbay-${secretSuffix}-tls` } : {}),
    },
  };
}

/** LiveKit's media ports as NetworkPolicies open them. */
export interface MediaPorts {
  udpMin: number;
  udpMax: number;
  tcpPort: number;
}

/** An existing LiveKit has ports of its own; the charts' wide default holds then. */
export function livekitMedia({ livekit, ports }: DeployConfig): { media?: MediaPorts } {
  if (livekit.mode !== 'own') return {};
  const { min, max } = ports.livekit.media;
  return { media: { udpMin: min, udpMax: max, tcpPort: ports.livekit.tcp } };
}
