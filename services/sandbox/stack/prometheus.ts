import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { findBinary } from './binaries.ts';
import { startChild } from './child.ts';
import { freePorts } from './free-ports.ts';
import type { Stack } from './stack.ts';

/** Something that serves /metrics, and the labels its series get. */
export interface ScrapeTarget {
  /** `http://127.0.0.1:9090/metrics` */
  url: string;
  labels: Readonly<Record<string, string>>;
}

export interface PrometheusOptions {
  targets: readonly ScrapeTarget[];
  /** Path of a file of rules. */
  ruleFile?: string;
  /** Time between two scrapes, and two evaluations of the rules. Default 2 000. */
  intervalMs?: number;
}

/** One series of an answer, with its latest value. */
export interface Sample {
  labels: Record<string, string>;
  /** May be NaN. */
  value: number;
}

export interface Prometheus {
  readonly url: string;
  /** Evaluate a PromQL expression now. @throws Error with Prometheus's words */
  query(expression: string): Promise<Sample[]>;
  close(): Promise<void>;
}

const answerSchema = z.discriminatedUnion('status', [
  z.object({
    status: z.literal('success'),
    data: z.object({
      result: z.array(
        z.object({
          metric: z.record(z.string(), z.string()),
          value: z.tuple([z.number(), z.string()]),
        }),
      ),
    }),
  }),
  z.object({ status: z.literal('error'), error: z.string() }),
]);

/** Start the real Prometheus (Debian's package) on a free loopback port. */
export async function startPrometheus(options: PrometheusOptions): Promise<Prometheus> {
  const binary = await findBinary('prometheus');
  const folder = await mkdtemp(join(tmpdir(), 'patchbay-prometheus-'));
  const [port = 0] = await freePorts(1);
  const url = `http://127.0.0.1:${port}`;
  const file = join(folder, 'prometheus.yaml');
  // JSON is YAML.
  await writeFile(file, JSON.stringify(configOf(options)));
  const child = await startChild({
    name: 'prometheus',
    command: binary,
    args: [
      `--config.file=${file}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--enable-feature=exemplar-storage',
    ],
    env: {},
    logFile: join(folder, 'prometheus.log'),
    isReady: (line) => line.includes('Server is ready to receive web requests'),
    readyTimeoutMs: 30_000,
  });
  return {
    url,
    query: async (expression) => {
      const response = await fetch(`${url}/api/v1/query`, {
        method: 'POST',
        body: new URLSearchParams({ query: expression }),
      });
      const answer = answerSchema.parse(await response.json());
      if (answer.status === 'error') throw new Error(`${answer.error}: ${expression}`);
      return answer.data.result.map(({ metric, value }) => ({
        labels: metric,
        value: Number(value[1]),
      }));
    },
    close: async () => {
      await child.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Every process of a stack that serves metrics, labelled as in the cluster. */
export function stackTargets(stack: Stack): ScrapeTarget[] {
  const target = (part: string, url: string): ScrapeTarget => ({
    url,
    labels: { part, pod: `${part}-0`, namespace: 'patchbay', container: part },
  });
  return [
    ...(['bridge', 'agent', 'api'] as const).map((part) =>
      target(part, `${stack.opsUrl(part)}/metrics`),
    ),
    target('livekit-server', stack.livekit.metricsUrl),
  ];
}

function configOf({ targets, ruleFile, intervalMs = 2_000 }: PrometheusOptions): object {
  return {
    global: { scrape_interval: `${intervalMs}ms`, evaluation_interval: `${intervalMs}ms` },
    rule_files: ruleFile === undefined ? [] : [ruleFile],
    scrape_configs: targets.map(({ url, labels }, index) => {
      const { host, pathname } = new URL(url);
      return {
        job_name: `target-${index}`,
        scrape_timeout: `${intervalMs}ms`,
        metrics_path: pathname,
        static_configs: [{ targets: [host], labels }],
      };
    }),
  };
}
