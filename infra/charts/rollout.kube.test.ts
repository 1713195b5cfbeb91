import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ControlPlane } from '../testing/control-plane-connection.ts';
import { startControlPlane } from '../testing/control-plane.ts';
import { renderChart } from '../testing/helm.ts';
import { conditionOf, type KubeObject } from '../testing/kube-object.ts';
import { chartFolder, exampleFile, KUBE_VERSION } from './charts.ts';
import { withoutHooks } from '../testing/render-registered.ts';
import { objectOf, type PodSpec } from './pods.ts';

/** As long as calls last here; kwok's pods take their whole grace period to end. */
const CALL_SECONDS = 6;
const MEDIA = { 'patchbay.dev/pool': 'media' };
const TAINT = { key: 'patchbay.dev/pool', value: 'media', effect: 'NoSchedule' } as const;

let plane: ControlPlane;
beforeAll(async () => {
  plane = await startControlPlane({ crds: false });
  await plane.addNode({ name: 'general-1' });
  for (const name of ['media-1', 'media-2']) {
    await plane.addNode({ name, labels: MEDIA, taints: [TAINT] });
  }
}, 120_000);
afterAll(async () => {
  // Undefined if the start failed, which has said why.
  await (plane as ControlPlane | undefined)?.close();
}, 60_000);

async function bridge(namespace: string, values: object): Promise<KubeObject[]> {
  const objects = await renderChart({
    ...{ chart: chartFolder('bridge'), namespace, release: 'test', kubeVersion: KUBE_VERSION },
    valueFiles: [exampleFile('bridge', 'development')],
    values: { nodeSelector: MEDIA, tolerations: [{ ...TAINT, operator: 'Equal' }], ...values },
  });
  const template = objectOf(objects, 'Deployment').spec?.template as { spec: PodSpec };
  template.spec.terminationGracePeriodSeconds = CALL_SECONDS;
  return withoutHooks(objects);
}

/** Pods of the namespace: on which node, of which configuration, and in what state. */
async function podsIn(namespace: string) {
  const pods = await plane.client.list('v1', 'Pod', { namespace });
  return pods.map((pod) => ({
    name: pod.metadata.name,
    node: pod.spec?.nodeName as string | undefined,
    config: pod.metadata.annotations?.['checksum/config'],
    ready: conditionOf(pod, 'Ready')?.status === 'True',
    draining: pod.metadata.deletionTimestamp !== undefined,
    why: conditionOf(pod, 'PodScheduled')?.message,
  }));
}
type State = Awaited<ReturnType<typeof podsIn>>;

/** Looks again and again until the pods are as wanted. @returns every state on the way */
async function watch(namespace: string, until: (pods: State) => boolean): Promise<State[]> {
  const states: State[] = [];
  const deadline = Date.now() + 60_000;
  for (;;) {
    const pods = await podsIn(namespace);
    states.push(pods);
    if (until(pods)) return states;
    if (Date.now() > deadline) throw new Error(`still ${JSON.stringify(pods)}`);
    await delay(100);
  }
}

const serving = (pods: State) => pods.filter((pod) => pod.ready && !pod.draining);
const settled = (count: number) => (pods: State) =>
  pods.length === count && serving(pods).length === count;

describe('bridges on two media nodes', () => {
  it('are rolled out one node after the other, as slowly as calls end', async () => {
    const namespace = await plane.addNamespace('rollout');
    await plane.apply(await bridge(namespace, { replicas: 2 }));
    const [before = []] = (await watch(namespace, settled(2))).slice(-1);
    expect(before.map(({ node }) => node).sort()).toEqual(['media-1', 'media-2']);

    const began = Date.now();
    await plane.apply(await bridge(namespace, { replicas: 2, logLevel: 'debug' }), { force: true });
    const old = before[0]?.config;
    const isDone = (pods: State) => settled(2)(pods) && pods.every(({ config }) => config !== old);
    const states = await watch(namespace, isDone);

    for (const pods of states) {
      expect(pods.filter(({ draining }) => draining).length).toBeLessThanOrEqual(1);
      expect(serving(pods).length).toBeGreaterThanOrEqual(1);
    }
    // Beside a pod that drains the new one waits for its node's ports.
    const waiting = states.flat().find(({ why }) => why?.includes("didn't have free ports"));
    expect(waiting).toMatchObject({ ready: false });
    expect(Date.now() - began).toBeGreaterThan((2 * CALL_SECONDS - 2) * 1000);
  });

  it('that are one too many drain for the whole time that calls are given', async () => {
    const namespace = await plane.addNamespace('down');
    // The ports of the first test's bridges are taken.
    const values = { sip: { port: 5080 }, service: { opsPort: 9290 }, metrics: { sipPort: 9291 } };
    await plane.apply(await bridge(namespace, { replicas: 2, ...values }));
    await watch(namespace, settled(2));
    const began = Date.now();
    await plane.apply(await bridge(namespace, { replicas: 1, ...values }), { force: true });
    const states = await watch(namespace, settled(1));
    const drained = new Set(states.flat().flatMap((pod) => (pod.draining ? [pod.name] : [])));
    expect(drained.size).toBe(1);
    expect(Date.now() - began).toBeGreaterThan((CALL_SECONDS - 2) * 1000);
  });

  it('wait for a third node when there are three', async () => {
    const namespace = await plane.addNamespace('third');
    const values = { sip: { port: 5090 }, service: { opsPort: 9390 }, metrics: { sipPort: 9391 } };
    await plane.apply(await bridge(namespace, { replicas: 3, ...values }));
    const waits = (pods: State) => pods.length === 3 && pods.some(({ why }) => why !== undefined);
    const [state = []] = (
      await watch(namespace, (pods) => waits(pods) && serving(pods).length === 2)
    ).slice(-1);
    expect(state.find(({ node }) => node === undefined)?.why).toContain("didn't have free ports");
    await plane.addNode({ name: 'media-3', labels: MEDIA, taints: [TAINT] });
    await watch(namespace, settled(3));
  });
});
