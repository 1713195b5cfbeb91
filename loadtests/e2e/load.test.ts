import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { sandboxEnvironment } from '@patchbay/sandbox/config';
import { BALANCE_MINOR } from '@patchbay/sandbox/e2e/calls';
import { startTestStack } from '@patchbay/sandbox/e2e/stack';
import { clearProviderFaults, setProviderFault } from '@patchbay/sandbox/stack/provider-faults';
import { recordIn } from '@patchbay/sandbox/stack/records';
import { LOCAL_NUMBERS, type Stack } from '@patchbay/sandbox/stack/stack';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CallOrder } from '../driver/plan.ts';
import type { DriverClient } from '../runner/driver-client.ts';
import { startDriverProcess } from '../runner/driver-process.ts';
import { readOptions } from '../runner/options.ts';
import type { LoadReport } from '../runner/report.ts';
import { runLoad } from '../runner/run-load.ts';

const RUN = join(import.meta.dirname, '../run.ts');
/** Where nobody answers (discard, RFC 863). */
const NOBODY = 'http://127.0.0.1:9';

describe('load on a running stack', () => {
  let stack: Stack;
  let folder: string;
  let closeStack = async () => {};
  let driver: { client: DriverClient; close(): Promise<void> };
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'patchbay-load-'));
    ({ stack, close: closeStack } = await startTestStack({
      env: { agent: { AGENT_IDLE_PROCESSES: '2' } },
      onLine: (_service, line) => {
        const record = recordIn(line);
        if (record) driver.client.offerRecord(record).catch(() => undefined);
      },
    }));
    driver = await startDriverProcess({
      runDir: folder,
      env: { ...target(), DRIVER_RECORDS: 'yes' },
    });
  });
  afterAll(async () => {
    await driver.close();
    await closeStack();
    await rm(folder, { recursive: true, force: true });
  });

  const target = () => ({
    TARGET_API_URL: stack.apiUrl,
    TARGET_ACCESS_KEY: stack.accessKey,
    TARGET_SIP: `${stack.sip.host}:${stack.sip.port}`,
    TARGET_NUMBERS: JSON.stringify({ bank: LOCAL_NUMBERS.bank }),
  });

  const question = (door: CallOrder['door']): CallOrder => ({
    ...{ door, agent: 'bank' },
    steps: [
      {
        do: 'say',
        text: 'what is my account balance',
        expect: { that: 'amount', minor: BALANCE_MINOR },
      },
    ],
  });

  it('the driver calls by phone and by web at once, understands the answers, and tells where the time went', async () => {
    const [phone, web] = await Promise.all([
      driver.client.call(question('phone')),
      driver.client.call(question('web')),
    ]);
    for (const call of [phone, web]) {
      expect(call.failure).toBeUndefined();
      expect(call).toMatchObject({ ok: true, understood: true, endedBy: 'us' });
      expect(call.turns[0]?.mouthToEarMs).toBeGreaterThan(200);
      expect(call.stages[0]?.llm).toBeGreaterThan(0);
      expect(call.network?.mos).toBeGreaterThan(3.5);
      expect(call.stepsMs.greeting).toBeGreaterThan(0);
    }
    expect(phone.stepsMs).toHaveProperty('ring');
    expect(phone.stages[0]).toHaveProperty('bridgeOut');
    expect(web.stepsMs).toHaveProperty('token');
  });

  it('a caller who gives up while it rings is a call as planned', async () => {
    const call = await driver.client.call({ door: 'phone', agent: 'bank', hangUp: 'ringing' });
    expect(call).toMatchObject({ ok: true, endedBy: 'cancelled', turns: [] });
  });

  it('what stands in the way of calls is told with the next step', async () => {
    const [fault] = await driver.client.check('cinema', ['web']);
    expect(fault?.reason).toBe('there is no agent "cinema"');
    expect(fault?.next).toContain('bank');
    expect(await driver.client.check('bank', ['phone', 'web'])).toEqual([]);
  });

  const load = (): Promise<LoadReport> =>
    runLoad(readOptions(['calls-web'], { ...target(), CALLS: '1', SECONDS: '10' }), {
      runDir: folder,
      print: () => undefined,
      signal: new AbortController().signal,
    });
  const llmOf = ({ budget }: LoadReport) => budget.find(({ stage }) => stage === 'llm');

  it('a language model in time keeps its thresholds; one that is 400 ms slower breaks them and is named', async () => {
    expect(llmOf(await load())).toMatchObject({ ok: true });
    await setProviderFault(stack, { provider: 'openai', delayMs: 400 });
    try {
      const report = await load();
      expect(llmOf(report)).toMatchObject({ ok: false });
      expect(report.ok).toBe(false);
      expect(report.guilty[0]).toMatchObject({ stage: 'llm', door: 'web' });
    } finally {
      await clearProviderFaults(stack);
    }
  });

  /** Run the program itself. */
  async function run(env: Record<string, string>, onLine?: (line: string, pid: number) => void) {
    const { PATH = '', HOME = '' } = sandboxEnvironment();
    const jsonFile = join(folder, 'report.json');
    const child = spawn(process.execPath, [RUN, 'calls-web', '--json', jsonFile], {
      env: { PATH, HOME, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let printed = '';
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        printed += `${line}\n`;
        onLine?.(line, child.pid ?? 0);
      });
    }
    const [status] = (await once(child, 'close')) as [number];
    return { status, printed, jsonFile };
  }

  it('a stack that is down ends the run in seconds, with the reason and the next step', async () => {
    const startedMs = performance.now();
    const { status, printed } = await run({ ...target(), TARGET_API_URL: NOBODY });
    expect(status).toBe(2);
    expect(printed).toContain(`${NOBODY}/api/agents: nothing answers`);
    expect(printed).toContain('Start the stack');
    expect(performance.now() - startedMs).toBeLessThan(20_000);
  });

  it('a run that is cut short leaves its report', async () => {
    const { status, jsonFile } = await run({ ...target(), SECONDS: '60' }, (line, pid) => {
      if (line.startsWith('k6 runs')) process.kill(pid, 'SIGINT');
    });
    expect(status).toBe(1);
    const report = JSON.parse(await readFile(jsonFile, 'utf8')) as LoadReport;
    expect(report).toMatchObject({ ok: false, cutShort: 'SIGINT', script: 'calls-web' });
  });
});
