import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { assembleReport } from './assemble.ts';
import { startDriverProcess } from './driver-process.ts';
import type { DriverClient } from './driver-client.ts';
import { startK6, type K6Run } from './k6-process.ts';
import { leaksBetween, lookAtRest, type Base } from './leaks.ts';
import { startLocalTarget } from './local-target.ts';
import { MachineWatch } from './machine.ts';
import type { RunOptions } from './options.ts';
import type { Leaks, LoadReport } from './report.ts';
import { watchCalls } from './watch-calls.ts';

const LOADTESTS = join(import.meta.dirname, '..');
/** Calls that are still up when a run is over are hung up within this time. */
const LAST_CALLS_LIMIT_MS = 10_000;

/** Something stands in the way of the whole run; the message says what to do. */
export class TargetError extends Error {}

export interface RunContext {
  runDir: string;
  print: (line: string) => void;
  /** Aborted, with the reason, when the run shall end now. */
  signal: AbortSignal;
}

/**
 * Run a load test from the start of the stack to the report.
 * @throws {TargetError} within seconds when calls can't go through
 */
export async function runLoad(options: RunOptions, context: RunContext): Promise<LoadReport> {
  const { script } = options;
  const { runDir, print } = context;
  await mkdir(runDir, { recursive: true });
  const closers: (() => Promise<unknown> | void)[] = [];
  try {
    const found: { driver?: DriverClient } = {};
    const offer = (record: object) => found.driver?.offerRecord(record).catch(() => undefined);
    if (!options.target) print('Starting the stack, with stand-ins for the providers …');
    const local = options.target
      ? undefined
      : await startLocalTarget({
          runDir,
          script,
          progress: (part) => print(`  ✓ ${part}`),
          onRecord: (record) => void offer(record),
        });
    if (local) closers.push(() => local.stack.close());
    const driver = await startDriverProcess({
      runDir,
      env: { ...local?.driverEnv, ...options.target },
    });
    closers.push(() => driver.close());
    found.driver = driver.client;
    await check(driver.client, options);
    const base = local && (await restingBase(local.stack, driver.client, options, print));
    const machine = new MachineWatch();
    closers.push(() => machine.close());

    const startedAtMs = Date.now();
    const k6 = await startK6({
      script: join(LOADTESTS, `${options.name}.ts`),
      runDir,
      env: {
        DRIVER_URL: driver.client.url,
        AGENT: options.agent,
        ...(local?.k6Env ?? remoteK6Env(options)),
        ...options.k6Env,
      },
    });
    print(`k6 runs ${options.name} …`);
    const progress = watchCalls(driver.client, startedAtMs, print);
    const ended = await untilEnded(k6, context.signal);
    const calls = await progress.stop();
    const endedAtMs = Date.now();
    // A run that was ended early, by a person or by a threshold, leaves calls that nobody waits for.
    await hangUpRest(driver.client);
    await writeFile(join(runDir, 'calls.json'), `${JSON.stringify(calls, null, 1)}\n`);
    machine.close();
    print('Looking for what is left behind …');
    const leaks = base && local ? await audit(local.stack, base) : null;
    return assembleReport({
      script: options.name,
      smoke: options.smoke,
      toBreak: script.toBreak ?? false,
      makesCalls: script.doors.length > 0,
      target: options.target?.['TARGET_API_URL'] ?? 'a stack on this machine',
      local: local !== undefined,
      ...{ startedAtMs, endedAtMs, calls, leaks },
      cutShort: ended.cutShort,
      k6Fault: k6Fault(ended.run, script.toBreak ?? false, ended.cutShort),
      summary: ended.run?.summary,
      cpu: machine.samples,
      cores: machine.cores,
    });
  } finally {
    for (const close of closers.reverse()) await close();
  }
}

async function check(driver: DriverClient, { agent, script }: RunOptions): Promise<void> {
  const faults = await driver.check(agent, script.doors.length > 0 ? script.doors : ['web']);
  if (faults.length === 0) return;
  const lines = faults.map(({ what, reason, next }) => `${what}: ${reason}.\n  ${next}`);
  throw new TargetError(lines.join('\n'));
}

/**
 * What the stack holds with no call up. The first call opens what then stays open, such as connections
 * to providers, so one is made before.
 */
async function restingBase(
  stack: Parameters<typeof lookAtRest>[0],
  driver: DriverClient,
  { agent, script }: RunOptions,
  print: (line: string) => void,
): Promise<Base> {
  await Promise.all(
    script.doors.map((door) =>
      driver.call({ door, agent, hangUp: 'greeting', callLimitMs: 30_000 }),
    ),
  );
  if (script.doors.length > 0) print('  ✓ a first call');
  return lookAtRest(stack);
}

async function audit(stack: Parameters<typeof lookAtRest>[0], base: Base): Promise<Leaks | null> {
  try {
    return leaksBetween(base, await lookAtRest(stack));
  } catch {
    // The stack went down with the run (Ctrl-C reaches all processes of a terminal).
    return null;
  }
}

function remoteK6Env({ target = {} }: RunOptions): Record<string, string> {
  return {
    API_URL: target['TARGET_API_URL'] ?? '',
    ACCESS_KEY: target['TARGET_ACCESS_KEY'] ?? '',
  };
}

async function untilEnded(
  k6: Awaited<ReturnType<typeof startK6>>,
  signal: AbortSignal,
): Promise<{ run?: K6Run; cutShort?: string }> {
  const aborted = new Promise<'aborted'>((resolve) => {
    if (signal.aborted) resolve('aborted');
    signal.addEventListener('abort', () => resolve('aborted'), { once: true });
  });
  const first = await Promise.race([k6.done, aborted]);
  if (first !== 'aborted') return { run: first };
  k6.stop();
  return { run: await k6.done, cutShort: String(signal.reason) };
}

/** A run to its break ends itself by a threshold; a run cut short is no fault of k6's. */
function k6Fault(
  run: K6Run | undefined,
  toBreak: boolean,
  cutShort: string | undefined,
): string | undefined {
  if (!run || run.finished || cutShort !== undefined || (toBreak && run.summary)) return undefined;
  return run.words.slice(-3).join(' ').trim() || 'it said nothing';
}

async function hangUpRest(driver: DriverClient): Promise<void> {
  const calls = await driver.calls().catch(() => []);
  const running = calls.filter(({ state }) => state === 'running');
  await Promise.allSettled(running.map(({ id }) => driver.breakOff(id)));
  const until = Date.now() + LAST_CALLS_LIMIT_MS;
  while (Date.now() < until) {
    const health = await driver.health().catch(() => undefined);
    if (!health || health.active === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
