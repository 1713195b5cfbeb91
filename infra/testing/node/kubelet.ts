import { mkdir, readdir, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startChild, type Child } from '@patchbay/sandbox/stack/child';
import { toolPath } from '../binaries.ts';
import type { CertificateAuthority } from '../certificates.ts';
import { kubeconfigText } from '../control-plane-programs.ts';
import { unmountBelow } from './containerd.ts';
import type { NodeNetwork } from './node-network.ts';
import { NODE_PATH } from './run-program.ts';

export interface KubeletOptions {
  name: string;
  network: NodeNetwork;
  folder: string;
  /** Of the API server. */
  url: string;
  authority: CertificateAuthority;
  /** Of the container runtime, `unix://…`. */
  runtime: string;
  /** Address of the cluster's DNS Service. */
  dns: string;
}

/** A real kubelet, as a process of our own. */
export interface Kubelet {
  readonly pid: number;
  /** End the process and start it again; pods live on. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

const READY_TIMEOUT_MS = 60_000;
/**
 * To the scheduler a control group is one process among the machine's, however many are in it: on a
 * busy machine calls would starve. All pods together weigh as much as fifteen processes.
 */
const WEIGHT = { v1: ['cpu.shares', '15360'], v2: ['cpu.weight', '1500'] } as const;
const CONTROL_GROUPS = '/sys/fs/cgroup';

export async function startKubelet(options: KubeletOptions): Promise<Kubelet> {
  const { name, network, folder, url, authority } = options;
  const path = await toolPath('kubelet');
  await mkdir(folder, { recursive: true });
  const group = await makeControlGroup(network.name);
  const [client, server] = await Promise.all([
    authority.issue('kubelet', { user: `system:node:${name}`, groups: ['system:nodes'] }),
    authority.issue('kubelet-server', { user: name, hosts: [network.nodeAddress, name] }),
  ]);
  const kubeconfig = join(folder, 'kubeconfig');
  const config = join(folder, 'config.json');
  await writeFile(kubeconfig, kubeconfigText(url, { authority, admin: client }), { mode: 0o600 });
  await writeFile(config, JSON.stringify(configuration(options, group, server)));
  const [command, ...args] = network.inside(
    path,
    ...[`--config=${config}`, `--kubeconfig=${kubeconfig}`, `--root-dir=${join(folder, 'root')}`],
    ...[`--cert-dir=${join(folder, 'pki')}`, `--hostname-override=${name}`],
    `--node-ip=${network.nodeAddress}`,
  );
  const start = () =>
    startChild({
      ...{ name: 'kubelet', command, args },
      env: { PATH: NODE_PATH },
      logFile: join(folder, 'kubelet.log'),
      isReady: (line) => line.includes('Started kubelet'),
      readyTimeoutMs: READY_TIMEOUT_MS,
    });
  let child: Child = await start();
  return {
    get pid() {
      return child.pid;
    },
    restart: async () => {
      await child.close();
      child = await start();
    },
    close: async () => {
      await child.close();
      await unmountBelow(folder);
    },
  };
}

function configuration(
  { network, folder, authority, runtime, dns }: KubeletOptions,
  group: string,
  server: { certificate: string; key: string },
): object {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    address: network.nodeAddress,
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: authority.certificate },
    },
    authorization: { mode: 'Webhook' },
    tlsCertFile: server.certificate,
    tlsPrivateKeyFile: server.key,
    containerRuntimeEndpoint: runtime,
    clusterDNS: [dns],
    clusterDomain: 'cluster.local',
    cgroupDriver: 'cgroupfs',
    cgroupRoot: group,
    failCgroupV1: false,
    failSwapOn: false,
    localStorageCapacityIsolation: false,
    // The disk is the machine's and may be fuller than a node's should be.
    evictionHard: {
      'memory.available': '100Mi',
      'nodefs.available': '1%',
      'imagefs.available': '1%',
    },
    imageGCHighThresholdPercent: 100,
    podLogsDir: join(folder, 'logs'),
    volumePluginDir: join(folder, 'volume-plugins'),
    serializeImagePulls: false,
    nodeStatusUpdateFrequency: '2s',
    // Probes decide how soon a call can be placed; the default waits for the next round.
    syncFrequency: '10s',
    registerNode: true,
  };
}

/** All pods' control groups lie under one of ours, so that another kubelet's are left alone. */
async function makeControlGroup(name: string): Promise<string> {
  for (const folder of await controlGroupFolders(name)) {
    await mkdir(folder, { recursive: true });
    const [file, weight] = folder.includes('/cpu/') ? WEIGHT.v1 : WEIGHT.v2;
    // The other hierarchies of version 1 have neither file.
    await writeFile(join(folder, file), weight, { flag: 'r+' }).catch(() => undefined);
  }
  return `/${name}`;
}

/** Remove what {@link startKubelet} made, once no process is in it. */
export async function removeControlGroup(name: string): Promise<void> {
  for (const folder of await controlGroupFolders(name)) await removeGroup(folder);
  // The runtime notes there what it can't note in version 1.
  await removeGroup(join(CONTROL_GROUPS, 'unified', name));
}

/** The folder in each hierarchy of version 1, or the one of version 2. */
async function controlGroupFolders(name: string): Promise<string[]> {
  const entries = await readdir(CONTROL_GROUPS, { withFileTypes: true });
  if (entries.some((entry) => entry.name === 'cgroup.controllers')) {
    return [join(CONTROL_GROUPS, name)];
  }
  return entries
    .filter((entry) => entry.isDirectory() && entry.name !== 'unified')
    .map((entry) => join(CONTROL_GROUPS, entry.name, name));
}

/** A control group goes when its children have gone and no process is in it. */
async function removeGroup(folder: string): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) if (entry.isDirectory()) await removeGroup(join(folder, entry.name));
  await rmdir(folder).catch(() => undefined);
}
