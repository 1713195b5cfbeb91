import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { collectUsage } from './job-usage.ts';

let folder: string;
let registry: Registry;
let collecting: { close(): void };
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'patchbay-usage-'));
  registry = new Registry();
  collecting = collectUsage(registry);
});
afterEach(async () => {
  collecting.close();
  await rm(folder, { recursive: true, force: true });
});

/** A process as the framework forks it, with the given script in it. */
async function start(script: string) {
  const file = join(folder, 'child.mjs');
  const module = join(import.meta.dirname, 'job-usage.ts');
  await writeFile(file, `import { reportUsage } from '${module}';\n${script}\n`);
  return fork(file, { execArgv: [] });
}

const valueOf = async (line: string) => {
  const text = await registry.metrics();
  return Number(new RegExp(`^${line} (.*)$`, 'm').exec(text)?.[1]);
};

it('the worker knows of each job process how large it is, what it used and how long it took to start', async () => {
  const child = await start(`const usage = reportUsage(20);
    let garbage;
    setInterval(() => (garbage = Array.from({ length: 50_000 }, () => ({}))), 5);
    process.on('message', (word) => {
      if (word === 'end') { usage.close(); process.exit(); }
    });
    process.send('ours');`);
  // The framework's own message comes first; what is reported follows its first ping.
  expect((await once(child, 'message'))[0]).toBe('ours');
  expect(await valueOf('patchbay_agent_job_processes')).toBe(0);
  child.send('ping');
  await once(child, 'message');
  await once(child, 'message');
  expect(await valueOf('patchbay_agent_job_processes')).toBe(1);
  expect(await valueOf('patchbay_agent_job_resident_memory_bytes{stat="sum"}')).toBeGreaterThan(
    10e6,
  );
  expect(await valueOf('patchbay_agent_job_cpu_seconds_total')).toBeGreaterThan(0);
  expect(await valueOf('patchbay_agent_job_start_seconds_count')).toBe(1);
  expect(await valueOf('patchbay_agent_job_eventloop_lag_seconds_count')).toBeGreaterThan(0);
  while ((await valueOf('patchbay_agent_job_gc_seconds_total')) === 0) await once(child, 'message');
  child.send('end');
  await once(child, 'exit');
  expect(await valueOf('patchbay_agent_job_processes')).toBe(0);
  expect(await valueOf('patchbay_agent_job_resident_memory_bytes{stat="max"}')).toBe(0);
  expect(await valueOf('patchbay_agent_job_cpu_seconds_total')).toBeGreaterThan(0);
});

it('what other processes say counts for nothing', async () => {
  const child = await start(`process.send({ patchbayUsage: { rssBytes: 'many' } });
    process.disconnect();`);
  await once(child, 'exit');
  expect(await valueOf('patchbay_agent_job_processes')).toBe(0);
});
