import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ControlPlane } from '../testing/control-plane-connection.ts';
import { startControlPlane } from '../testing/control-plane.ts';
import { startFakeMetrics, type FakeMetrics } from '../testing/fake-metrics.ts';
import { renderChart } from '../testing/helm.ts';
import { conditionOf } from '../testing/kube-object.ts';
import { chartFolder, exampleFile, KUBE_VERSION } from './charts.ts';
import { objectOf, type PodSpec } from './pods.ts';
import { withoutHooks } from '../testing/render-registered.ts';

/** As long as calls last here; kwok's pods take their whole grace period to end. */
const CALL_SECONDS = 8;

let plane: ControlPlane;
let metrics: FakeMetrics;
beforeAll(async () => {
  plane = await startControlPlane({ crds: false });
  await plane.addNode({ name: 'general-1', capacity: { cpu: '32', memory: '128Gi' } });
  metrics = await startFakeMetrics(plane, 0.9);
}, 120_000);
afterAll(async () => {
  // Undefined if the start failed, which has said why.
  await (metrics as FakeMetrics | undefined)?.close();
  await (plane as ControlPlane | undefined)?.close();
}, 60_000);

async function podsIn(namespace: string) {
  const pods = await plane.client.list('v1', 'Pod', { namespace });
  return pods.map(({ metadata, ...pod }) => ({
    name: metadata.name,
    ready: conditionOf({ ...pod, metadata }, 'Ready')?.status === 'True',
    drainsFor: metadata.deletionTimestamp && Number(metadata.deletionGracePeriodSeconds),
    /** Unix ms of the moment at which it may be killed. */
    until: Date.parse(metadata.deletionTimestamp ?? ''),
  }));
}
type State = Awaited<ReturnType<typeof podsIn>>;

/** @returns every state on the way, with the time at which it was seen */
async function watch(namespace: string, isIt: (pods: State) => boolean) {
  const states: { atMs: number; pods: State }[] = [];
  const deadline = Date.now() + 120_000;
  for (;;) {
    const pods = await podsIn(namespace);
    states.push({ atMs: Date.now(), pods });
    if (isIt(pods)) return states;
    if (Date.now() > deadline) throw new Error(`still ${JSON.stringify(pods)}`);
    await delay(200);
  }
}
const serving = (pods: State) => pods.filter(({ ready, drainsFor }) => ready && !drainsFor);

describe('agents scaled on CPU', () => {
  it('grow when pods are busy, and shrink one by one, each after its calls', async () => {
    const namespace = await plane.addNamespace('scaling');
    const objects = await renderChart({
      ...{ chart: chartFolder('agent'), namespace, release: 'test', kubeVersion: KUBE_VERSION },
      valueFiles: [exampleFile('agent', 'development')],
      values: {
        resources: { requests: { cpu: '1', memory: '1Gi' } },
        autoscaling: {
          ...{ enabled: true, kind: 'hpa', minReplicas: 1, maxReplicas: 3 },
          scaleDown: { waitSeconds: 6, secondsPerPod: 5 },
          hpa: { cpuPercent: 60 },
        },
      },
    });
    const template = objectOf(objects, 'Deployment').spec?.template as { spec: PodSpec };
    template.spec.terminationGracePeriodSeconds = CALL_SECONDS;
    await plane.apply(withoutHooks(objects));
    await watch(namespace, (pods) => serving(pods).length === 3);

    metrics.cpu = 0.01;
    const states = await watch(namespace, (pods) => pods.length === 1);
    const seen = new Map(states.flatMap(({ pods }) => pods).map((pod) => [pod.name, pod]));
    const gone = [...seen.values()].filter(({ drainsFor }) => drainsFor);
    // The whole time that calls are given, and nobody was killed before it was over.
    expect(gone.map(({ drainsFor }) => drainsFor)).toEqual([CALL_SECONDS, CALL_SECONDS]);
    for (const { name, until } of gone) {
      const last = states.findLast(({ pods }) => pods.some((pod) => pod.name === name));
      expect(last?.atMs).toBeGreaterThan(until - 1_500);
    }
    // One a while, not both at once.
    const [first = 0, second = 0] = gone.map(({ until }) => until).sort((a, b) => a - b);
    expect(second - first).toBeGreaterThanOrEqual(4_000);
  }, 240_000);
});
