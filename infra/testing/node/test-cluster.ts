import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startChild, type Child } from '@patchbay/sandbox/stack/child';
import { freePorts } from '@patchbay/sandbox/stack/free-ports';
import { toolPath } from '../binaries.ts';
import type { ControlPlane } from '../control-plane-connection.ts';
import { startControlPlane } from '../control-plane.ts';
import { conditionOf, type KubeObject, type ObjectRef } from '../kube-object.ts';
import { layNodeNetwork, type NodeNetwork } from './node-network.ts';
import { isAvailable, startRealNode, type RealNode } from './real-node.ts';
import { startStandIns, type StandIns } from './stand-ins.ts';
import { APPS, chartTests, MEDIA, testStack } from './test-stack.ts';

/** Network of the test's node; another number for a second cluster on one machine. */
const NETWORK = 1;
/** Logs of the last run. */
const LOGS = join(import.meta.dirname, '../../../.run/cluster/logs');
const READY_TIMEOUT_MS = 180_000;
const GONE_TIMEOUT_MS = 150_000;

/** A part's pod, as far as tests look at it. */
export interface PodState {
  name: string;
  uid: string;
  address: string;
  ready: boolean;
  draining: boolean;
  restarts: number;
  /** Why it is on no node. */
  why: string | undefined;
}

/** A real node with the dev stack, and what a caller needs to reach it. */
export interface TestCluster {
  readonly plane: ControlPlane;
  readonly network: NodeNetwork;
  readonly node: RealNode;
  /** SIP of the bridge. */
  readonly sip: { host: string; port: number };
  /** Port of this machine that LiveKit is told to browsers as; see {@link forward}. */
  readonly livekitPort: number;
  /** Objects of the stack with these values over its own. */
  stack(values?: Readonly<Record<string, object>>): Promise<KubeObject[]>;
  /** Pods of `helm test`, of every chart. */
  chartTests(): Promise<KubeObject[]>;
  /** Apply them. */
  deploy(values?: Readonly<Record<string, object>>): Promise<KubeObject[]>;
  /** Wait until every Deployment has all its pods, of its latest description. */
  untilReady(objects: readonly KubeObject[]): Promise<void>;
  pods(part: 'bridge' | 'agent' | 'api' | 'livekit-server' | 'redis'): Promise<PodState[]>;
  /** Lines that a container prints from now on, until the pod is gone. */
  follow(ref: ObjectRef, container: string, onLine: (line: string) => void): Promise<void>;
  /** `kubectl port-forward`. @returns the port on loopback */
  forward(namespace: string, service: string, ports: string): Promise<number>;
  /** Delete the stack, wait until its pods are gone, and end everything. */
  close(): Promise<void>;
}

export async function startTestCluster(progress: (words: string) => void): Promise<TestCluster> {
  const closers: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const end of closers.reverse()) await end();
  };
  try {
    progress('network of the node');
    const network = await layNodeNetwork(NETWORK);
    closers.push(() => network.close());
    progress('control plane');
    const plane = await startControlPlane({ address: network.hostAddress });
    closers.push(() => plane.close());
    const standIns = await startStandIns(network.hostAddress);
    closers.push(() => standIns.close());
    const node = await startRealNode({ plane, network, name: 'real-1', progress });
    closers.push(() => node.close());
    const [livekitPort = 0] = await freePorts(1);
    const children: Child[] = [];
    closers.push(async () => {
      for (const child of children) await child.close();
      await keepLogs(plane);
      progress('pods end');
      await deleteAll(plane, progress);
    });
    return { ...parts({ plane, network, node, standIns, livekitPort, children }), close };
  } catch (error) {
    await close();
    throw error;
  }
}

interface Started {
  plane: ControlPlane;
  network: NodeNetwork;
  node: RealNode;
  standIns: StandIns;
  livekitPort: number;
  children: Child[];
}

function parts(started: Started): Omit<TestCluster, 'close'> {
  const { plane, network, node, standIns, livekitPort, children } = started;
  const kubectl = async (name: string, args: readonly string[], isReady: RegExp) => {
    const child = await startChild({
      ...{ name, args, command: await toolPath('kubectl') },
      env: { KUBECONFIG: plane.kubeconfig, HOME: plane.folder },
      logFile: join(plane.folder, `${name}.log`),
      isReady: (line) => isReady.test(line),
      readyTimeoutMs: 30_000,
    });
    children.push(child);
    return child.readyLine;
  };
  const untilReady: TestCluster['untilReady'] = async (objects) => {
    const deployments = objects.filter(({ kind }) => kind === 'Deployment');
    const options = { timeoutMs: READY_TIMEOUT_MS, what: 'all pods ready' };
    await Promise.all(
      deployments.map((found) => plane.waitFor(refOf(found), isAvailable, options)),
    );
  };
  const options = { publicLiveKitUrl: `ws://127.0.0.1:${livekitPort}`, ...standIns };
  const stack: TestCluster['stack'] = (values = {}) => testStack({ ...options, values });
  return {
    ...{ plane, network, node, livekitPort, stack },
    sip: { host: network.nodeAddress, port: 5070 },
    chartTests: () => chartTests(options),
    deploy: async (values) => {
      const objects = await stack(values);
      // As the program has it (infra/deploy.ts): Redis first, since LiveKit ends at once without it.
      const isLater = ({ kind, metadata }: KubeObject) =>
        kind === 'Deployment' && metadata.labels?.['app.kubernetes.io/component'] !== 'redis';
      const first = objects.filter((object) => !isLater(object));
      await plane.apply(first, { force: true });
      await untilReady(first);
      await plane.apply(objects.filter(isLater), { force: true });
      return objects;
    },
    untilReady,
    pods: async (part) => {
      const namespace = part === 'api' || part === 'agent' ? APPS : MEDIA;
      const labelSelector = `app.kubernetes.io/component=${part}`;
      const pods = await plane.client.list('v1', 'Pod', { namespace, labelSelector });
      return pods.map(stateOf);
    },
    follow: async (ref, container, onLine) => {
      const child = await startChild({
        name: 'logs',
        command: await toolPath('kubectl'),
        args: ['logs', '--follow', '-n', ref.namespace ?? '', ref.name, '-c', container],
        env: { KUBECONFIG: plane.kubeconfig, HOME: plane.folder },
        logFile: join(plane.folder, 'logs.log'),
        isReady: () => true,
        readyTimeoutMs: 30_000,
        onLine,
      });
      children.push(child);
    },
    forward: async (namespace, service, ports) => {
      const line = await kubectl(
        `forward-${service}`,
        ['port-forward', '-n', namespace, `service/${service}`, ports],
        /^Forwarding from 127/,
      );
      return Number(/127\.0\.0\.1:(\d+)/.exec(line)?.[1]);
    },
  };
}

/** What pods and the node's programs said stays, for who looks for the reason of a failure. */
async function keepLogs(plane: ControlPlane): Promise<void> {
  await rm(LOGS, { recursive: true, force: true });
  await mkdir(LOGS, { recursive: true });
  for (const { metadata } of await plane.client.list('v1', 'Pod')) {
    const { name, namespace = '' } = metadata;
    const args = ['logs', '-n', namespace, name, '--all-containers', '--prefix'];
    const text = await plane.kubectl(args).catch((error: unknown) => String(error));
    await writeFile(join(LOGS, `${name}.log`), text);
  }
  for (const file of ['c/containerd.log', 'kubelet/kubelet.log', 'kube-proxy/kube-proxy.log']) {
    await copyFile(join(plane.folder, 'node', file), join(LOGS, basename(file)));
  }
}

/** The stack's namespaces and CoreDNS; resolves when no pod is left. */
async function deleteAll(plane: ControlPlane, progress: (words: string) => void): Promise<void> {
  for (const name of [APPS, MEDIA]) {
    await plane.client.delete({ apiVersion: 'v1', kind: 'Namespace', name }).catch(() => undefined);
  }
  const dns = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'coredns' };
  await plane.client.delete({ ...dns, namespace: 'kube-system' });
  const deadline = Date.now() + GONE_TIMEOUT_MS;
  let said = '';
  for (;;) {
    const left = await plane.client.list('v1', 'Pod');
    if (left.length === 0) return;
    const names = left.map(({ metadata }) => metadata.name).join(', ');
    if (Date.now() > deadline) throw new Error(`pods did not end: ${names}`);
    if (names !== said) progress(`waiting for the end of ${(said = names)}`);
    await delay(500);
  }
}

export function refOf({ apiVersion, kind, metadata }: KubeObject): ObjectRef {
  return { apiVersion, kind, name: metadata.name, namespace: metadata.namespace ?? 'default' };
}

function stateOf(pod: KubeObject): PodState {
  const status = pod.status as
    { podIP?: string; containerStatuses?: { restartCount: number }[] } | undefined;
  const counts = (status?.containerStatuses ?? []).map(({ restartCount }) => restartCount);
  return {
    name: pod.metadata.name,
    uid: pod.metadata.uid ?? '',
    address: status?.podIP ?? '',
    ready: conditionOf(pod, 'Ready')?.status === 'True',
    draining: pod.metadata.deletionTimestamp !== undefined,
    restarts: counts.reduce((sum, count) => sum + count, 0),
    why: conditionOf(pod, 'PodScheduled')?.message,
  };
}
