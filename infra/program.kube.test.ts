import { describe, expect, it } from 'vitest';
import { renderChart } from './testing/helm.ts';
import { runProgram } from './testing/run-program.ts';
import { cloudConfig, devConfig, prodConfig } from './testing/sample-configs.ts';

describe('every chart takes the values that the program gives it', () => {
  it.each([
    ['dev', devConfig],
    ['prod', prodConfig],
    ['LiveKit Cloud', cloudConfig],
  ])('%s', { timeout: 120_000 }, async (_name, sample) => {
    const { charts } = await runProgram(sample());
    for (const { name, chart, namespace, values } of charts) {
      const objects = await renderChart({
        chart,
        values,
        release: name,
        namespace,
        kubeVersion: '1.36.3',
        apiVersions: ['monitoring.coreos.com/v1', 'keda.sh/v1alpha1'],
      });
      expect(objects.length).toBeGreaterThan(0);
      // Secrets are the program's own; a chart that makes one was given keys inline.
      expect(objects.filter(({ kind }) => kind === 'Secret')).toEqual([]);
      // Pods and Services are found by the names that the other charts were told.
      const services = objects.filter(({ kind }) => kind === 'Service');
      for (const service of services) expect(service.metadata.name).toMatch(new RegExp(`^${name}`));
    }
  });
});
