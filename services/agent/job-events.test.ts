import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Registry } from 'prom-client';
import { listenToJobs, type JobEvent, type JobPlace } from './job-events.ts';
import { createAgentMetrics } from './metrics.ts';

let folder: string;
let events: JobEvent[];
let places: JobPlace[];

const PLACE: JobPlace = { room: 'web-bank-1', identity: 'agent-1' };
const STARTED: JobEvent = { event: 'started', ...PLACE };
const START = `tell(${JSON.stringify(STARTED)});`;
let listening: { close(): void };
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'patchbay-jobs-'));
  events = [];
  places = [];
  listening = listenToJobs((event, place) => {
    events.push(event);
    places.push(place);
  });
});
afterEach(async () => {
  listening.close();
  await rm(folder, { recursive: true, force: true });
});

/** A process that says the given things, as the framework forks it. */
async function run(script: string): Promise<ChildProcess> {
  const file = join(folder, 'child.mjs');
  const module = join(import.meta.dirname, 'job-events.ts');
  await writeFile(file, `import { sendJobEvent as tell } from '${module}';\n${script}\n`);
  const child = fork(file, { execArgv: [] });
  await once(child, 'exit');
  return child;
}

it('what a job says reaches the worker', async () => {
  await run(`${START} tell({ event: 'ended', result: 'agent-hangup' }); process.disconnect();`);
  expect(events).toEqual([STARTED, { event: 'ended', result: 'agent-hangup' }]);
});

it('a job that dies without a word has crashed, and is known by its room', async () => {
  await run(`${START} setTimeout(() => process.kill(process.pid, 'SIGKILL'), 50);`);
  expect(events.at(-1)).toEqual({ event: 'ended', result: 'crashed' });
  expect(places.at(-1)).toEqual(PLACE);
});

it('a process that never had a job, or says something else, counts for nothing', async () => {
  await run(`process.send({ case: 'done' }); process.send({ patchbay: { event: 'nonsense' } });
    process.disconnect();`);
  expect(events).toEqual([]);
});

it('the metrics say how jobs ended, how long the stages took and which provider failed', async () => {
  const registry = new Registry();
  const metrics = createAgentMetrics({ registry, activeJobs: () => 3, maxCalls: 10 });
  const onEvent = (event: JobEvent) => metrics(event, { room: STARTED.room });
  onEvent(STARTED);
  onEvent({
    event: 'turn',
    agent: 'bank',
    door: 'reach',
    report: { turn: 1, atMs: 1, stagesMs: { llm: 250 }, tools: [], interrupted: true },
  });
  onEvent({ event: 'provider-fault', provider: 'openai', stage: 'llm', kind: 'key-refused' });
  onEvent({ event: 'ended', result: 'provider-failure' });
  const text = await registry.metrics();
  for (const line of [
    'patchbay_agent_jobs_active 3',
    'patchbay_agent_jobs_max 10',
    'patchbay_agent_jobs_total{result="provider-failure"} 1',
    'patchbay_agent_jobs_total{result="crashed"} 0',
    'patchbay_agent_turn_seconds_sum{stage="llm",agent="bank",door="reach"} 0.25',
    'patchbay_agent_turns_interrupted_total{agent="bank",door="reach"} 1',
    'patchbay_agent_provider_errors_total{provider="openai",stage="llm",kind="key-refused"} 1',
  ]) {
    expect(text).toContain(line);
  }
});
