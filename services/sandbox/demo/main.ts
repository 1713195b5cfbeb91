import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createLogger } from '@patchbay/common/logger';
import { writeWav } from '../audio/wav.ts';
import { bankBalanceMinor } from './bank-balance.ts';
import { disposeObservers, type SpokenLine } from '../stack/observer.ts';
import { LOCAL_NUMBERS, type Stack } from '../stack/stack.ts';
import type { DoorReport } from './door-report.ts';
import { phoneCall, type DemoCallOptions, type Recording } from './phone-call.ts';
import { recordSummary, spokenLine, stageTable } from './report.ts';
import { startLocalStack } from './setup.ts';
import { webCall } from './web-call.ts';

const SAMPLE_RATE_HZ = 8_000;
const { values: flags } = parseArgs({ options: { json: { type: 'string' } } });

try {
  const { stack, realProviders } = await startLocalStack({
    name: 'demo',
    trunkDoor: true,
    traces: true,
    print: console.log,
  });
  try {
    const reports = await run(stack, realProviders);
    const [phone, web, trunk] = reports;
    if (flags.json !== undefined) {
      const figures = { ...phone, web, ...(trunk ? { trunk } : {}) };
      await writeFile(flags.json, `${JSON.stringify(figures, null, 2)}\n`);
      console.log(`\nFigures: ${flags.json}`);
    }
    const failed = [phone, web, ...(trunk ? [trunk] : [])].filter(({ ok }) => !ok);
    for (const { door, reason } of failed) console.error(`\n✗ ${door}: ${reason}`);
    if (failed.length === 0)
      console.log(`\n✓ ${trunk ? 'All three' : 'Both'} doors gave the right balance.`);
    process.exitCode = failed.length === 0 ? 0 : 1;
  } finally {
    await stack.close();
    await disposeObservers();
  }
} catch (error) {
  console.error(`\n✗ ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}

async function run(
  stack: Stack,
  realProviders: boolean,
): Promise<[phone: DoorReport, web: DoorReport, trunk?: DoorReport]> {
  const options: DemoCallOptions = {
    stack,
    realProviders,
    log: createLogger({ service: 'telephone', level: 'warn', personalData: false }),
    expectedMinor: await bankBalanceMinor(stack.bankUrl, LOCAL_NUMBERS.caller),
    onLine: (line: SpokenLine, startMs: number) => console.log(spokenLine(line, startMs)),
  };
  console.log(`\nA phone calls ${LOCAL_NUMBERS.bank} (door: reach)\n`);
  const phone = await attempt(
    'reach',
    () => phoneCall({ ...options, transport: 'udp', door: 'reach', server: stack.sip }),
    stack,
  );
  console.log(`\nA browser opens ${stack.apiUrl} (door: web)\n`);
  const web = await attempt('web', () => webCall(options), stack);
  const { trunkDoor } = stack;
  if (!trunkDoor) return [phone, web];
  console.log(`\nA phone calls ${LOCAL_NUMBERS.bank} through LiveKit SIP (door: trunk)\n`);
  const trunk = await attempt(
    'trunk',
    () => phoneCall({ ...options, transport: 'udp', door: 'trunk', server: trunkDoor.sip }),
    stack,
  );
  return [phone, web, trunk];
}

/** Run a call, print and keep what it gave. A call that breaks off is a report too. */
async function attempt(
  door: DoorReport['door'],
  call: () => Promise<{ report: DoorReport; recording: Recording }>,
  stack: Stack,
): Promise<DoorReport> {
  try {
    const { report, recording } = await call();
    console.log(`\n${stageTable(report.turns)}\n`);
    if (report.record) console.log(recordSummary(report.record));
    const path = join(stack.runDir, `${door}.wav`);
    await writeWav(path, {
      sampleRateHz: SAMPLE_RATE_HZ,
      channels: [recording.sent, recording.heard],
    });
    console.log(`\n  Both sides (caller left, agent right): ${path}`);
    return report;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { ok: false, door, agent: 'bank', reason, transcript: [], turns: [], record: null };
  }
}
