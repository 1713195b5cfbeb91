import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ControlPlane } from '../control-plane-connection.ts';
import { conditionOf, type KubeObject } from '../kube-object.ts';
import { clusterDns, DNS_ADDRESS } from './cluster-dns.ts';
import { startContainerd, type Containerd } from './containerd.ts';
import { startKubeProxy } from './kube-proxy.ts';
import { removeControlGroup, startKubelet, type Kubelet } from './kubelet.ts';
import type { NodeNetwork } from './node-network.ts';

const CACHE = join(import.meta.dirname, '../../../.cache/cluster');
const TAKES_PODS_TIMEOUT_MS = 60_000;

/** An image of `tools/cluster/images.sh`. */
export function localImage(name: string): string {
  return `docker.io/patchbay/${name}:dev`;
}

export interface RealNodeOptions {
  plane: ControlPlane;
  network: NodeNetwork;
  name: string;
  /** Told what is being done. */
  progress: (words: string) => void;
}

/** A node that runs pods: containerd, kubelet and kube-proxy in a network of their own, with DNS. */
export interface RealNode {
  readonly name: string;
  readonly containerd: Containerd;
  readonly kubelet: Kubelet;
  /** Ids of its processes. */
  readonly pids: readonly number[];
  close(): Promise<void>;
}

/** @throws Error with the last lines of the program that failed */
export async function startRealNode(options: RealNodeOptions): Promise<RealNode> {
  const { plane, network, name, progress } = options;
  const folder = join(plane.folder, 'node');
  const closers: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const end of closers.reverse()) await end();
  };
  try {
    closers.push(() => removeControlGroup(network.name));
    progress('containerd');
    const containerd = await startContainerd({
      ...{ network, folder: join(folder, 'c'), root: join(CACHE, 'containerd') },
      pauseImage: localImage('pause'),
    });
    closers.push(() => containerd.close());
    progress('images into containerd');
    const id = await readFile(join(CACHE, 'images.id'), 'utf8');
    await containerd.loadImages(join(CACHE, 'images.tar'), id);
    progress('kubelet and kube-proxy');
    const { url, authority } = plane;
    const kubelet = await startKubelet({
      ...{ name, network, url, authority, folder: join(folder, 'kubelet') },
      ...{ runtime: containerd.endpoint, dns: DNS_ADDRESS },
    });
    closers.push(() => kubelet.close());
    const proxyFolder = join(folder, 'kube-proxy');
    const proxy = await startKubeProxy({ name, network, url, authority, folder: proxyFolder });
    closers.push(() => proxy.close());
    const ref = { apiVersion: 'v1', kind: 'Node', name };
    await plane.waitFor(ref, isReady, { what: 'Ready', timeoutMs: TAKES_PODS_TIMEOUT_MS });
    progress('CoreDNS');
    await plane.apply(clusterDns(localImage('coredns')));
    const dns = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'coredns' };
    await plane.waitFor({ ...dns, namespace: 'kube-system' }, isAvailable, {
      ...{ what: 'Available', timeoutMs: TAKES_PODS_TIMEOUT_MS },
    });
    return {
      ...{ name, containerd, kubelet, close },
      get pids() {
        return [containerd.pid, kubelet.pid, proxy.pid];
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Whether a node takes pods. */
export function isReady(node: KubeObject | undefined): boolean {
  return node !== undefined && conditionOf(node, 'Ready')?.status === 'True';
}

/** Whether a Deployment has all its pods, of its latest description, ready. */
export function isAvailable(deployment: KubeObject | undefined): boolean {
  const spec = deployment?.spec as { replicas?: number } | undefined;
  const status = deployment?.status as
    | {
        observedGeneration?: number;
        updatedReplicas?: number;
        readyReplicas?: number;
        replicas?: number;
      }
    | undefined;
  const wanted = spec?.replicas ?? 1;
  return (
    status?.observedGeneration === deployment?.metadata.generation &&
    status?.updatedReplicas === wanted &&
    status?.readyReplicas === wanted &&
    status?.replicas === wanted
  );
}
