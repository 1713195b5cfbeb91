import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ControlPlane } from '../testing/control-plane-connection.ts';
import { startControlPlane } from '../testing/control-plane.ts';
import { renderChart } from '../testing/helm.ts';
import { schemaFaults } from '../testing/kubeconform.ts';
import { allExamples, chartFolder, exampleFile, KUBE_VERSION, MEDIA_CHARTS } from './charts.ts';

let plane: ControlPlane;
beforeAll(async () => {
  plane = await startControlPlane();
}, 120_000);
afterAll(async () => {
  // Undefined if the start failed, which has said why.
  await (plane as ControlPlane | undefined)?.close();
}, 60_000);

/** All that Pod Security `restricted` may have against a pod of ours. */
const NODES_NETWORK =
  'would violate PodSecurity "restricted:latest": host namespaces (hostNetwork=true)';

describe.each(allExamples())(
  'a real API server takes chart $chart with the example $example',
  ({ chart, example }) => {
    const isMedia = (MEDIA_CHARTS as readonly string[]).includes(chart);

    it(`in a namespace that is ${isMedia ? 'the nodes’ network’s' : 'restricted'}`, async () => {
      const labels = {
        'pod-security.kubernetes.io/enforce': isMedia ? 'privileged' : 'restricted',
        'pod-security.kubernetes.io/warn': 'restricted',
      };
      const namespace = await plane.addNamespace(chart, labels);
      const objects = await renderChart({
        ...{ chart: chartFolder(chart), namespace, release: 'test', kubeVersion: KUBE_VERSION },
        valueFiles: [exampleFile(chart, example)],
      });
      expect(await schemaFaults(plane, objects)).toEqual([]);
      expect(await plane.apply(objects)).toEqual(isMedia ? [NODES_NETWORK] : []);
      // The same again changes nothing.
      const before = await plane.client.list('apps/v1', 'Deployment', { namespace });
      await plane.apply(objects);
      const after = await plane.client.list('apps/v1', 'Deployment', { namespace });
      expect(after.map(({ metadata }) => metadata.generation)).toEqual(
        before.map(({ metadata }) => metadata.generation),
      );
    });
  },
);
