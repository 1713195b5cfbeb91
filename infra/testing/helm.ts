import { tmpdir } from 'node:os';
import { isMap, isScalar, parseAllDocuments, type Tags } from 'yaml';
import type { KubeObject } from './kube-object.ts';
import { runTool } from './run-tool.ts';

export interface LintOptions {
  /** Path of the chart's folder. */
  chart: string;
  values?: object;
  /** Paths of YAML files, the later over the earlier; `values` goes over them all. */
  valueFiles?: readonly string[];
  kubeVersion?: string;
}

export interface RenderOptions extends LintOptions {
  /** Name of the release. Default: `test`. */
  release?: string;
  /** Default: `default`. */
  namespace?: string;
  /** What the cluster is said to have, such as `monitoring.coreos.com/v1/ServiceMonitor`. */
  apiVersions?: readonly string[];
  /** Render as for an upgrade, not for an install. Default: false. */
  isUpgrade?: boolean;
}

/** What `helm template` makes of a chart and values, hooks and tests included.
 * @throws Error with helm's words, such as those of a schema or of a template's `fail`
 */
export async function renderChart(options: RenderOptions): Promise<KubeObject[]> {
  const apiVersions = options.apiVersions ?? [];
  const output = await helm('template', [options.release ?? 'test', options.chart], options, [
    ...['--namespace', options.namespace ?? 'default', '--include-crds'],
    ...(options.isUpgrade ? ['--is-upgrade'] : []),
    ...apiVersions.flatMap((version) => ['--api-versions', version]),
  ]);
  return parseManifests(output);
}

/**
 * Lint a chart; warnings count as faults.
 * @throws Error with helm's words
 */
export async function lintChart(options: LintOptions): Promise<void> {
  await helm('lint', [options.chart], options, ['--strict', '--with-subcharts']);
}

/**
 * The objects of a stream of YAML documents, read as Kubernetes reads it: YAML 1.1, where `on`
 * and `yes` are booleans, but without its times and dates. Empty documents are left out.
 * @throws Error that names the template of a document that is no Kubernetes object
 */
export function parseManifests(text: string): KubeObject[] {
  const documents = parseAllDocuments(text, { version: '1.1', customTags: withoutTimes });
  if (!Array.isArray(documents)) return [];
  return documents.flatMap((document) => {
    const written = text.slice(document.range[0], document.range[2]);
    const source = /# Source: (\S+)/.exec(written)?.[1] ?? 'the output';
    const [fault] = document.errors;
    if (fault) throw new Error(`${source}: ${fault.message}`);
    const { contents } = document;
    if (contents === null || (isScalar(contents) && contents.value === null)) return [];
    const object = document.toJS() as KubeObject;
    if (!isMap(contents) || !object.apiVersion || !object.kind || !object.metadata?.name) {
      throw new Error(`${source}: a document without apiVersion, kind or metadata.name`);
    }
    return [object];
  });
}

function withoutTimes(tags: Tags): Tags {
  return tags.filter(
    (tag) =>
      typeof tag === 'string' ||
      (tag.tag !== 'tag:yaml.org,2002:timestamp' && !('format' in tag && tag.format === 'TIME')),
  );
}

async function helm(
  command: string,
  positional: readonly string[],
  options: LintOptions,
  flags: readonly string[],
): Promise<string> {
  const files = options.valueFiles ?? [];
  const args = [
    ...[command, ...positional, ...flags],
    ...(options.kubeVersion ? ['--kube-version', options.kubeVersion] : []),
    ...files.flatMap((file) => ['--values', file]),
    ...(options.values ? ['--values', '-'] : []),
  ];
  const result = await runTool('helm', args, {
    stdin: options.values ? JSON.stringify(options.values) : '',
    // No repositories and plugins of the user's.
    env: { HOME: tmpdir() },
  });
  if (result.status === 0) return result.stdout;
  const words = [result.stderr, command === 'lint' ? result.stdout : ''].join('\n').trim();
  throw new Error(`helm ${command} ${options.chart} failed: ${words}`);
}
