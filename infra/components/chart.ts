import { join, relative } from 'node:path';
import * as k8s from '@pulumi/kubernetes';
import type * as pulumi from '@pulumi/pulumi';
import type { DeployConfig } from '../config-schema.ts';
import { namespaceOf, releaseName, type ChartName } from '../values/releases.ts';

const CHARTS = join(import.meta.dirname, '../../charts');

/**
 * Install one of our charts. Hooks (`helm test`) are left out: they are for helm's own command line.
 *
 * @param values of the chart; never holds a secret, only names of Secrets
 */
export function installChart(
  config: DeployConfig,
  chart: ChartName,
  values: object,
  options: pulumi.ComponentResourceOptions,
): k8s.helm.v4.Chart {
  return new k8s.helm.v4.Chart(
    releaseName(chart),
    { chart: chartPath(chart), namespace: namespaceOf(config, chart), values: { ...values } },
    options,
  );
}

/** Relative to the working folder, so that the state is the same on every machine. */
function chartPath(chart: ChartName): string {
  const path = relative(process.cwd(), join(CHARTS, chart));
  return path.startsWith('.') ? path : `./${path}`;
}
