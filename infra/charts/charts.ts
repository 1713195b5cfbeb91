import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('../../charts/', import.meta.url));

/** The charts that can be installed. */
export const CHARTS = [
  'api',
  'agent',
  'bridge',
  'livekit-server',
  'livekit-sip',
  'redis',
  'monitoring',
] as const;
export type ChartName = (typeof CHARTS)[number];

/** Charts on the nodes' own network. */
export const MEDIA_CHARTS = ['bridge', 'livekit-server', 'livekit-sip'] as const;

/** The Kubernetes that charts are rendered for: the one of the tests' control plane. */
export const KUBE_VERSION = '1.36.3';

/** Folder of a chart. */
export function chartFolder(chart: string): string {
  return `${FOLDER}${chart}`;
}

/** Path of one of a chart's files of example values. */
export function exampleFile(chart: ChartName, example: string): string {
  return `${FOLDER}${chart}/examples/${example}.yaml`;
}

/** Every chart with each of its examples. */
export function allExamples(): { chart: ChartName; example: string }[] {
  return CHARTS.flatMap((chart) =>
    readdirSync(`${FOLDER}${chart}/examples`)
      .filter((file) => file.endsWith('.yaml'))
      .map((file) => ({ chart, example: file.replace(/\.yaml$/, '') })),
  );
}
