import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ControlPlane } from './testing/control-plane-connection.ts';
import { startControlPlane } from './testing/control-plane.ts';
import type { NodeOptions } from './testing/fake-node.ts';
import type { KubeObject } from './testing/kube-object.ts';
import { renderRegistered, withoutHooks } from './testing/render-registered.ts';
import { runProgram } from './testing/run-program.ts';
import { devConfig, prodConfig, type StackConfig } from './testing/sample-configs.ts';

const WORKLOADS = ['Deployment', 'StatefulSet', 'DaemonSet'];
const BIG = { cpu: '32', memory: '128Gi' };
const MEDIA = {
  labels: { 'patchbay.dev/pool': 'media' },
  taints: [{ key: 'patchbay.dev/pool', value: 'media', effect: 'NoSchedule' }],
} as const;

/** All that `pulumi up` would put into the cluster: the program's own manifests and its charts'. */
async function everything(config: StackConfig): Promise<KubeObject[]> {
  const { manifests, charts } = await runProgram(config);
  const objects = manifests as unknown as KubeObject[];
  for (const chart of charts) objects.push(...withoutHooks(await renderRegistered(chart)));
  return objects;
}

const nodes = (prefix: string, count: number, more: Partial<NodeOptions> = {}): NodeOptions[] =>
  Array.from({ length: count }, (_, n) => ({
    name: `${prefix}-${n + 1}`,
    capacity: BIG,
    externalIp: `203.0.113.${more.taints ? 10 + n : 100 + n}`,
    ...more,
  }));

describe.each([
  ['dev, on one node', devConfig, nodes('only', 1)],
  [
    'prod, with media nodes of their own',
    prodConfig,
    [...nodes('general', 3), ...nodes('media', 4, MEDIA)],
  ],
] as const)('the stack %s', (_name, sample, wanted) => {
  let plane: ControlPlane;
  let objects: KubeObject[];
  beforeAll(async () => {
    plane = await startControlPlane();
    for (const node of wanted) await plane.addNode(node);
    objects = await everything(sample());
  }, 120_000);
  afterAll(async () => {
    // Undefined if the start failed, which has said why.
    await (plane as ControlPlane | undefined)?.close();
  }, 60_000);

  const workloads = () =>
    Promise.all(
      objects
        .filter(({ kind }) => WORKLOADS.includes(kind))
        .map(async ({ apiVersion, kind, metadata }) => {
          const { name, namespace = '' } = metadata;
          const ref = { apiVersion, kind, name, namespace };
          return { ref, found: await plane.client.get(ref) };
        }),
    );

  it('is taken whole by the API server, and every part becomes ready', async () => {
    await plane.apply(objects);
    const parts = await workloads();
    expect(parts.length).toBeGreaterThanOrEqual(5);
    for (const { ref } of parts) {
      await plane.waitFor(ref, isReady, { timeoutMs: 60_000, what: 'ready' });
    }
  }, 120_000);

  it('is not changed by a second run', async () => {
    const before = (await workloads()).map(({ found }) => found?.metadata.generation);
    await plane.apply(await everything(sample()));
    const after = (await workloads()).map(({ found }) => found?.metadata.generation);
    expect(after).toEqual(before);
  }, 60_000);
});

function isReady(workload: KubeObject | undefined): boolean {
  const spec = workload?.spec as { replicas?: number } | undefined;
  const status = workload?.status as
    { readyReplicas?: number; numberReady?: number; observedGeneration?: number } | undefined;
  const ready = status?.readyReplicas ?? status?.numberReady ?? 0;
  return ready > 0 && ready >= (spec?.replicas ?? 1);
}
