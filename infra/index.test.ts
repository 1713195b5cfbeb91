import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { startStandInEngine } from './testing/stand-in-engine.ts';
import { devConfig, put, SAMPLE_SECRETS, type StackConfig } from './testing/sample-configs.ts';

const run = promisify(execFile);
const REPOSITORY = join(import.meta.dirname, '..');
const PULUMI_RUN = createRequire(import.meta.url).resolve('@pulumi/pulumi/cmd/run');

/** What the CLI's language host does: Pulumi's own runner in infra/, entry index.ts, TypeScript loader off. */
async function runLikeTheCli(config: StackConfig) {
  const engine = await startStandInEngine('dev');
  const env = {
    PATH: process.env.PATH ?? '',
    PULUMI_NODEJS_TYPESCRIPT: 'false',
    PULUMI_CONFIG: JSON.stringify(
      Object.fromEntries(
        Object.entries(config).map(([key, value]) => [`patchbay:${key}`, JSON.stringify(value)]),
      ),
    ),
    PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(['patchbay:livekit']),
  };
  const args = [
    PULUMI_RUN,
    ...['--monitor', engine.address, '--engine', engine.address],
    ...['--project', 'patchbay', '--stack', 'dev', '--pwd', join(REPOSITORY, 'infra')],
    'index.ts',
  ];
  try {
    const done = await run(process.execPath, args, { cwd: REPOSITORY, env }).then(
      () => 0,
      (error: unknown) => (error as { code: number }).code,
    );
    return { status: done, ...engine, outputs: engine.outputs };
  } finally {
    engine.close();
  }
}

it('is loaded by Pulumi’s own runner as the CLI starts it', { timeout: 180_000 }, async () => {
  const { status, resources, outputs, log } = await runLikeTheCli(devConfig());
  expect(log.filter(({ severity }) => severity >= 2)).toEqual([]);
  expect(status).toBe(0);
  expect(outputs).toMatchObject({
    livekit: 'ws://127.0.0.1:7880',
    numbers: [expect.stringContaining('+12025550101 rings bank'), expect.any(String)],
  });
  const charts = resources.filter(({ type }) => type === 'kubernetes:helm.sh/v4:Chart');
  // The same on every machine: from the working folder, which is infra/.
  expect(charts.map(({ inputs }) => inputs.chart).sort()).toEqual([
    '../charts/agent',
    '../charts/api',
    '../charts/bridge',
    '../charts/livekit-server',
    '../charts/redis',
  ]);
  for (const chart of charts) {
    const part = String(chart.inputs.chart).replace('../charts/', '');
    expect(chart.parent).toMatch(new RegExp(`::${part}$`));
  }
  const open = JSON.stringify(resources.filter(({ type }) => type !== 'kubernetes:core/v1:Secret'));
  expect(open).not.toContain(SAMPLE_SECRETS.livekit);
});

it('stops at a faulty configuration with words and no resource', { timeout: 180_000 }, async () => {
  const config = devConfig();
  put(config, ['livekit', 'apiSecret'], undefined);
  const { status, resources, log } = await runLikeTheCli(config);
  expect(status).not.toBe(0);
  const said = log.map(({ message }) => message).join('\n');
  expect(said).toMatch(/patchbay:livekit\.apiSecret: is not set/);
  expect(said).not.toMatch(/\n\s+at /);
  expect(resources.filter(({ type }) => type !== 'pulumi:pulumi:Stack')).toEqual([]);
});

it('is what Pulumi.yaml names, with Pulumi’s own TypeScript loader off', () => {
  const project = parse(readFileSync(join(REPOSITORY, 'Pulumi.yaml'), 'utf8')) as unknown;
  expect(project).toMatchObject({
    name: 'patchbay',
    main: 'infra/index.ts',
    runtime: { name: 'nodejs', options: { typescript: false } },
  });
});
