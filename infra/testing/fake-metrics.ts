import { createServer } from 'node:https';
import { readFile } from 'node:fs/promises';
import type { ControlPlane } from './control-plane-connection.ts';
import type { KubeObject } from './kube-object.ts';

/** Stands in for metrics-server: every pod uses what the test says. */
export interface FakeMetrics {
  /** CPU of each pod and container, in cores. */
  cpu: number;
  close(): Promise<void>;
}

const GROUP = 'metrics.k8s.io/v1beta1';
const NAMESPACE = 'kube-system';
const NAME = 'fake-metrics';

/**
 * Serve the resource metrics API through the API server's aggregation, as metrics-server does, with
 * figures of the test's own. On loopback, where the API server finds it by the name `localhost`.
 */
export async function startFakeMetrics(plane: ControlPlane, cpu: number): Promise<FakeMetrics> {
  const files = await plane.authority.issue(NAME, { user: NAME, hosts: ['localhost'] });
  const [cert, key] = await Promise.all([readFile(files.certificate), readFile(files.key)]);
  const metrics = { cpu };
  const server = createServer({ cert, key }, (request, response) => {
    answer(plane, request.url ?? '', metrics).then(
      (body) => {
        response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
      },
      (error: unknown) => {
        response.writeHead(500).end(String(error));
      },
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  await plane.apply(registration(port));
  const ref = { apiVersion: 'apiregistration.k8s.io/v1', kind: 'APIService' };
  const name = 'v1beta1.metrics.k8s.io';
  await plane.waitFor({ ...ref, name }, isAvailable, { what: 'Available' });
  return {
    get cpu() {
      return metrics.cpu;
    },
    set cpu(cores) {
      metrics.cpu = cores;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function registration(port: number): KubeObject[] {
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: NAME, namespace: NAMESPACE },
      spec: { type: 'ExternalName', externalName: 'localhost' },
    },
    {
      apiVersion: 'apiregistration.k8s.io/v1',
      kind: 'APIService',
      metadata: { name: 'v1beta1.metrics.k8s.io' },
      spec: {
        group: 'metrics.k8s.io',
        version: 'v1beta1',
        groupPriorityMinimum: 100,
        versionPriority: 100,
        insecureSkipTLSVerify: true,
        service: { name: NAME, namespace: NAMESPACE, port },
      },
    },
  ];
}

function isAvailable(service: KubeObject | undefined): boolean {
  const conditions = (service?.status?.conditions ?? []) as { type: string; status: string }[];
  return conditions.some(({ type, status }) => type === 'Available' && status === 'True');
}

/** The discovery document, or the figures of the pods that a selector picks. */
async function answer(plane: ControlPlane, path: string, { cpu }: { cpu: number }) {
  const url = new URL(path, 'https://localhost');
  const namespace = /\/namespaces\/([^/]+)\/pods/.exec(url.pathname)?.[1];
  if (namespace === undefined) {
    const pods = { name: 'pods', singularName: '', namespaced: true, kind: 'PodMetrics' };
    const resources = [{ ...pods, verbs: ['get', 'list'] }];
    return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: GROUP, resources };
  }
  const labelSelector = url.searchParams.get('labelSelector') ?? '';
  const pods = await plane.client.list('v1', 'Pod', { namespace, labelSelector });
  const items = pods.map(({ metadata, spec }) => ({
    metadata: { name: metadata.name, namespace, labels: metadata.labels },
    timestamp: new Date().toISOString(),
    window: '1s',
    containers: (spec?.containers as { name: string }[]).map(({ name }) => ({
      name,
      usage: { cpu: `${Math.round(cpu * 1000)}m`, memory: '64Mi' },
    })),
  }));
  return { kind: 'PodMetricsList', apiVersion: GROUP, metadata: {}, items };
}
