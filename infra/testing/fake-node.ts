import { createHash } from 'node:crypto';
import type { KubeObject } from './kube-object.ts';

export interface Taint {
  key: string;
  value?: string;
  effect: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute';
}

export interface NodeOptions {
  name: string;
  labels?: Readonly<Record<string, string>>;
  taints?: readonly Taint[];
  /** Quantities by resource. Default: 4 CPUs, 16Gi of memory, 110 pods. */
  capacity?: Readonly<Record<string, string>>;
  /** The node's public address, as a cloud reports it. */
  externalIp?: string;
  /** Default: made from the name. */
  internalIp?: string;
}

/** The annotation by which kwok knows the nodes it plays; others have a kubelet of their own. */
export const KWOK_NODE_ANNOTATION = 'kwok.x-k8s.io/node';

const CAPACITY = { cpu: '4', memory: '16Gi', pods: '110', 'ephemeral-storage': '100Gi' };

/** A Node that kwok looks after. */
export function fakeNode(options: NodeOptions): KubeObject {
  const capacity = { ...CAPACITY, ...options.capacity };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: options.name,
      annotations: { [KWOK_NODE_ANNOTATION]: 'fake' },
      labels: {
        'kubernetes.io/hostname': options.name,
        'kubernetes.io/os': 'linux',
        'kubernetes.io/arch': 'amd64',
        ...options.labels,
      },
    },
    spec: { taints: options.taints ?? [] },
    status: {
      capacity,
      allocatable: capacity,
      addresses: [
        { type: 'InternalIP', address: options.internalIp ?? addressOf(options.name) },
        { type: 'Hostname', address: options.name },
        ...(options.externalIp ? [{ type: 'ExternalIP', address: options.externalIp }] : []),
      ],
    },
  };
}

function addressOf(name: string): string {
  const [high = 0, low = 0] = createHash('sha256').update(name).digest();
  return `10.100.${high}.${low}`;
}
