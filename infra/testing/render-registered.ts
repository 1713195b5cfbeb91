import { KUBE_VERSION } from '../charts/charts.ts';
import { renderChart } from './helm.ts';
import type { KubeObject } from './kube-object.ts';
import type { RegisteredChart } from './run-program.ts';

/** A chart as the program registered it, rendered by helm, `helm test` pods included. */
export function renderRegistered({
  name,
  chart,
  namespace,
  values,
}: RegisteredChart): Promise<KubeObject[]> {
  return renderChart({
    ...{ chart, values, namespace, release: name, kubeVersion: KUBE_VERSION },
    apiVersions: ['monitoring.coreos.com/v1', 'keda.sh/v1alpha1'],
  });
}

/** Without what only a `helm` command makes. */
export function withoutHooks(objects: readonly KubeObject[]): KubeObject[] {
  return objects.filter(({ metadata }) => metadata.annotations?.['helm.sh/hook'] === undefined);
}
