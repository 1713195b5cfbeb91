import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startChild, type Child } from '@patchbay/sandbox/stack/child';
import { toolPath } from '../binaries.ts';
import type { CertificateAuthority } from '../certificates.ts';
import { kubeconfigText } from '../control-plane-programs.ts';
import type { NodeNetwork } from './node-network.ts';
import { NODE_PATH } from './run-program.ts';

export interface KubeProxyOptions {
  /** Of the node. */
  name: string;
  network: NodeNetwork;
  folder: string;
  /** Of the API server. */
  url: string;
  authority: CertificateAuthority;
}

const READY_TIMEOUT_MS = 30_000;

/** Services on the node: kube-proxy, with iptables in the node's own network. */
export async function startKubeProxy(options: KubeProxyOptions): Promise<Child> {
  const { name, network, folder, url, authority } = options;
  const path = await toolPath('kube-proxy');
  await mkdir(folder, { recursive: true });
  const client = await authority.issue('kube-proxy', { user: 'system:kube-proxy' });
  const kubeconfig = join(folder, 'kubeconfig');
  await writeFile(kubeconfig, kubeconfigText(url, { authority, admin: client }), { mode: 0o600 });
  const [command, ...args] = network.inside(
    path,
    ...[`--kubeconfig=${kubeconfig}`, '--proxy-mode=iptables', `--hostname-override=${name}`],
    `--cluster-cidr=${network.podRange}`,
    ...['--healthz-bind-address=127.0.0.1:10256', '--metrics-bind-address=127.0.0.1:10249'],
    // The limits of connection tracking are the whole machine's.
    ...['--conntrack-max-per-core=0', '--conntrack-min=0'],
    ...['--conntrack-tcp-timeout-established=0s', '--conntrack-tcp-timeout-close-wait=0s'],
  );
  return startChild({
    ...{ name: 'kube-proxy', command, args },
    env: { PATH: NODE_PATH },
    logFile: join(folder, 'kube-proxy.log'),
    isReady: (line) => line.includes('Caches are synced'),
    readyTimeoutMs: READY_TIMEOUT_MS,
  });
}
