import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { CRD_FOLDER } from './binaries.ts';
import type { KubeObject } from './kube-object.ts';

/**
 * Definitions of the custom resources the charts make: ServiceMonitor, PodMonitor and
 * PrometheusRule of the Prometheus operator, ScaledObject and TriggerAuthentication of KEDA.
 * @throws Error that says how to get them
 */
export async function readCrds(): Promise<KubeObject[]> {
  const names = await readdir(CRD_FOLDER).catch(() => []);
  if (names.length === 0) throw new Error('CRDs are missing. Run: make kubernetes-tools');
  return Promise.all(
    names.map(async (name) => parse(await readFile(join(CRD_FOLDER, name), 'utf8')) as KubeObject),
  );
}
