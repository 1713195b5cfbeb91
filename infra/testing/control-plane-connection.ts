import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { applyAll } from './apply-all.ts';
import { openAuthority, type CertificateAuthority } from './certificates.ts';
import { fakeNode, type NodeOptions } from './fake-node.ts';
import { KubeClient, type ApplyOptions } from './kube-client.ts';
import { conditionOf, type KubeObject, type ObjectRef } from './kube-object.ts';
import { KubeTransport } from './kube-transport.ts';
import { runTool } from './run-tool.ts';
import { waitFor, type Until, type WaitOptions } from './wait-for.ts';

/** A real Kubernetes API server with controllers and scheduler; kwok plays the nodes. */
export interface ControlPlane {
  /** `https://127.0.0.1:…` */
  readonly url: string;
  /** Path of a kubeconfig of the administrator. */
  readonly kubeconfig: string;
  /** Temporary folder with certificates and logs; removed by close(). */
  readonly folder: string;
  readonly authority: CertificateAuthority;
  readonly client: KubeClient;
  /** Run kubectl as the administrator. @throws Error with kubectl's words */
  kubectl(args: readonly string[], stdin?: string): Promise<string>;
  /** Add a node that kwok looks after, and wait until it takes pods. */
  addNode(options: NodeOptions): Promise<KubeObject>;
  /** Make a namespace with a name of its own, ready for pods. @returns its name */
  addNamespace(prefix: string, labels?: Readonly<Record<string, string>>): Promise<string>;
  /**
   * Server-side apply, namespaces and custom resource definitions first.
   * @returns the warnings of the server, each once
   * @throws Error that names every object refused, with the server's words
   */
  apply(objects: readonly KubeObject[], options?: ApplyOptions): Promise<string[]>;
  /** Watch one object until it is as wanted. @throws Error with its last state when time is over */
  waitFor(ref: ObjectRef, until: Until, options?: WaitOptions): Promise<KubeObject | undefined>;
  /** End every process and remove the folder. */
  close(): Promise<void>;
}

/** A controller makes it in each namespace; pods are refused before. */
export const DEFAULT_ACCOUNT: ObjectRef = {
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  name: 'default',
};

/** What it takes to reach a control plane that runs, also from another process. */
export interface ControlPlaneAddress {
  url: string;
  folder: string;
}

/**
 * Reach a control plane that {@link startControlPlane} started.
 * @param close what ends it; by default it goes on and only our connections are closed
 */
export async function connectControlPlane(
  { url, folder }: ControlPlaneAddress,
  close?: () => Promise<void>,
): Promise<ControlPlane> {
  const read = (name: string) => readFile(join(folder, name), 'utf8');
  const [ca, certificate, key] = await Promise.all(['ca.crt', 'admin.crt', 'admin.key'].map(read));
  const transport = new KubeTransport({ url, ca, certificate, key });
  const client = new KubeClient(transport);
  const kubeconfig = join(folder, 'kubeconfig');
  return {
    ...{ url, kubeconfig, folder, client, authority: openAuthority(folder) },
    close: async () => {
      transport.close();
      await close?.();
    },
    kubectl: async (args, stdin) => {
      const env = { KUBECONFIG: kubeconfig, HOME: folder };
      const result = await runTool('kubectl', args, {
        env,
        ...(stdin === undefined ? {} : { stdin }),
      });
      if (result.status === 0) return result.stdout;
      throw new Error(
        `kubectl ${args.join(' ')} (status ${result.status}): ${result.stderr.trim()}`,
      );
    },
    addNode: async (options) => {
      await client.create(fakeNode(options));
      const ref = { apiVersion: 'v1', kind: 'Node', name: options.name };
      const node = await waitFor(client, ref, takesPods, { what: 'Ready' });
      if (!node) throw new Error(`node ${options.name} is gone`);
      return node;
    },
    addNamespace: async (prefix, labels = {}) => {
      const name = `${prefix}-${randomBytes(3).toString('hex')}`;
      await client.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } });
      await waitFor(client, { ...DEFAULT_ACCOUNT, namespace: name }, Boolean);
      return name;
    },
    apply: (objects, options) => applyAll(client, objects, options),
    waitFor: (ref, until, options) => waitFor(client, ref, until, options),
  };
}

function takesPods(node: KubeObject | undefined): boolean {
  if (!node || conditionOf(node, 'Ready')?.status !== 'True') return false;
  const taints = (node.spec?.taints ?? []) as { key: string }[];
  return !taints.some(({ key }) => key === 'node.kubernetes.io/not-ready');
}
