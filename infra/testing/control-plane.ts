import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startChild, type Child } from '@patchbay/sandbox/stack/child';
import { freePorts } from '@patchbay/sandbox/stack/free-ports';
import { toolPath } from './binaries.ts';
import { makeAuthority, makeServiceAccountKey } from './certificates.ts';
import {
  connectControlPlane,
  DEFAULT_ACCOUNT,
  type ControlPlane,
} from './control-plane-connection.ts';
import * as programs from './control-plane-programs.ts';
import { readCrds } from './crds.ts';
import type { KubeTransport } from './kube-transport.ts';
import { kwokConfig } from './kwok-stages.ts';

export interface ControlPlaneOptions {
  /** Address the API server binds to and is found at. Default: 127.0.0.1. */
  address?: string;
  /** Install the custom resources the charts use. Default: true. */
  crds?: boolean;
}

const READY_TIMEOUT_MS = 60_000;
const START_ATTEMPTS = 3;

/**
 * Start a control plane on free loopback ports: etcd, kube-apiserver, controller-manager,
 * scheduler and kwok, with certificates of its own. Ten to fifteen seconds; nodes are up to the
 * caller.
 * @throws Error with the last lines of the program that failed
 */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start(options);
    } catch (error) {
      // A port that was free a moment ago may be taken by now.
      const portTaken = String(error).includes('address already in use');
      if (!portTaken || attempt === START_ATTEMPTS) throw error;
    }
  }
}

async function start(options: ControlPlaneOptions): Promise<ControlPlane> {
  const paths = await findPrograms();
  const address = options.address ?? '127.0.0.1';
  const folder = await mkdtemp(join(tmpdir(), 'patchbay-control-plane-'));
  const servers: Child[] = [];
  const clients: Child[] = [];
  const close = async () => {
    // Who uses the API server ends before it, and etcd last.
    await Promise.all(clients.map((child) => child.close()));
    for (const child of [...servers].reverse()) await child.close();
    await rm(folder, { recursive: true, force: true });
  };
  const run = async (name: Program, args: readonly string[], readyText: string) => {
    const child = await startChild({
      ...{ name, args, command: paths[name] },
      env: { HOME: folder },
      logFile: join(folder, `${name}.log`),
      isReady: (line) => line.includes(readyText),
      readyTimeoutMs: READY_TIMEOUT_MS,
      stopTimeoutMs: 5_000,
    });
    const isServer = name === 'etcd' || name === 'kube-apiserver';
    (isServer ? servers : clients).push(child);
  };
  try {
    const [ports, pki] = await Promise.all([findPorts(), makePki(folder, address)]);
    const url = `https://${address}:${ports.apiServer}`;
    const kubeconfig = join(folder, 'kubeconfig');
    const stages = join(folder, 'kwok.yaml');
    await writeFile(kubeconfig, programs.kubeconfigText(url, pki), { mode: 0o600 });
    await writeFile(stages, await kwokConfig());
    await run('etcd', programs.etcdArguments(ports, folder), 'ready to serve client requests');
    await run(
      'kube-apiserver',
      programs.apiServerArguments(ports, pki, address),
      'Serving securely',
    );
    const plane = await connectControlPlane({ url, folder }, close);
    await untilReady(plane.client.transport);
    const settled = await Promise.allSettled([
      run(
        'kube-controller-manager',
        programs.controllerManagerArguments(ports, pki, kubeconfig),
        'Serving securely',
      ),
      run('kube-scheduler', programs.schedulerArguments(ports, kubeconfig), 'Serving securely'),
      run('kwok', programs.kwokArguments(kubeconfig, stages), 'Watch nodes'),
      options.crds === false ? undefined : readCrds().then((crds) => plane.apply(crds)),
      plane.waitFor(DEFAULT_ACCOUNT, Boolean, { timeoutMs: READY_TIMEOUT_MS }),
    ]);
    for (const result of settled) if (result.status === 'rejected') throw result.reason;
    return plane;
  } catch (error) {
    await close();
    throw error;
  }
}

const PROGRAMS = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kwok',
] as const;

type Program = (typeof PROGRAMS)[number];

/** All before anything starts, so that what is not built is said at once. */
async function findPrograms(): Promise<Record<Program, string>> {
  const found = PROGRAMS.map(async (name) => [name, await toolPath(name)] as const);
  return Object.fromEntries(await Promise.all(found)) as Record<Program, string>;
}

async function findPorts(): Promise<programs.Ports> {
  const found = await freePorts(5);
  const [etcd = 0, etcdPeer = 0, apiServer = 0, controllerManager = 0, scheduler = 0] = found;
  return { etcd, etcdPeer, apiServer, controllerManager, scheduler };
}

async function makePki(folder: string, address: string): Promise<programs.Pki> {
  const authority = await makeAuthority(folder);
  const names = ['kubernetes', 'kubernetes.default', 'kubernetes.default.svc', 'localhost'];
  const hosts = [address, '127.0.0.1', programs.API_SERVICE_ADDRESS, ...names];
  const [server, admin, serviceAccountKey] = await Promise.all([
    authority.issue('server', { user: 'kube-apiserver', hosts: [...new Set(hosts)] }),
    authority.issue('admin', { user: 'patchbay-admin', groups: ['system:masters'] }),
    makeServiceAccountKey(folder),
  ]);
  return { authority, server, admin, serviceAccountKey };
}

/** It serves before its roles and namespaces exist; ask until it calls itself ready. */
async function untilReady(transport: KubeTransport): Promise<void> {
  const deadline = Date.now() + READY_TIMEOUT_MS;
  for (;;) {
    try {
      await transport.send({ method: 'GET', path: '/readyz' });
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
