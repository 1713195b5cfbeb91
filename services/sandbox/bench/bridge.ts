import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { DEFAULT_ENGINE, type RoomEngineName } from '../../bridge/room/engines.ts';
import { startLiveKit } from '../stack/livekit-server.ts';
import { bridgeEnv, edgeEnv, livekitEnv } from '../stack/service-env.ts';
import { portOf, startService, untilReady } from '../stack/services.ts';
import { sandboxEnvironment } from '../config.ts';
import { startOnlooker } from './being-seen.ts';
import { figuresOf, type BridgeFigures } from './bridge-figures.ts';
import { spread, type Spread } from './percentile.ts';
import { sharedNowMs, type PhoneReport, type SideReport } from './bridge-load.ts';
import type { PhonesStart } from './bridge-phones.ts';
import type { ReadyReport, ReadyStart } from './bridge-ready.ts';
import type { RoomKeys } from './bridge-rooms.ts';
import { usageOf } from './process-usage.ts';

/**
 * What a call costs and how long a sound takes, for both room engines: the real bridge and
 * livekit-server, callers and room participants in processes of their own, a voice both ways.
 * Flags: --calls 1,10,25,50 --engines direct,sdk --seconds 30 --seen no --json FILE
 * With `--seen no,yes` each is measured twice: with nobody looking, and with traces sent and metrics
 * scraped every 2 s.
 */

const SECRET = 'bench';
const READY_MS = 60_000;
/**
 * After the last answer, until every queue has found its length and the process has compiled what it
 * runs often: its first quarter of a minute costs half as much again.
 */
const WARM_UP_MS = 20_000;
/** Rooms in which an agent waits for the caller. */
const READY_ROOMS = 20;
/** After the last goodbye. */
const SETTLE_MS = 3_000;
const RUN_DIR = join(import.meta.dirname, '../../../.run/bench-bridge');

const { values: flags } = parseArgs({
  options: {
    calls: { type: 'string', default: '1,10,25,50' },
    engines: { type: 'string', default: 'direct,sdk' },
    seconds: { type: 'string', default: '30' },
    seen: { type: 'string', default: 'no' },
    json: { type: 'string' },
  },
});
const counts = flags.calls.split(',').map(Number);
const seconds = Number(flags.seconds);
if (!(seconds > 0) || counts.some((count) => !(Number.isInteger(count) && count > 0))) {
  throw new Error('--calls wants whole numbers with commas between them, --seconds a number');
}

/** What a call costs while it lasts, and what its beginning and end do. */
type CallFigures = BridgeFigures & {
  seen: boolean;
  setUpCpuSecPerCall: number;
  /** What else such a call costs here: the bridge shares the machine with all of it. */
  aroundCpuSecPerCallMinute: Around;
};
/** By process: LiveKit, the callers, and who stands in for agents. */
type Around = Record<'livekit' | 'phones' | 'rooms', number>;
/** And how soon an agent who is in the room already would be heard, from the beginning of the join. */
type Figures = CallFigures & { readyMs: Spread | undefined };

const results: Figures[] = [];
await mkdir(RUN_DIR, { recursive: true });
const engines = flags.engines.split(',') as RoomEngineName[];
const readyMs = new Map<RoomEngineName, Spread | undefined>();
for (const engine of engines) {
  const report = await measureReady(engine).catch(notMeasured(`${engine}, an agent who is there`));
  if (!report) continue;
  const { joinedMs, heardMs, audioMs } = report;
  readyMs.set(engine, spread(heardMs));
  console.log(
    `${engine}, an agent who is there: joined after ${pair(spread(joinedMs))} ms, would be heard after ` +
      `${pair(spread(heardMs))}, first sound after ${pair(spread(audioMs))} (p50/p95 of ${READY_ROOMS})`,
  );
}
for (const calls of counts) {
  // One engine after the other at each number of calls: what else the machine does hits both.
  for (const engine of engines) {
    for (const seen of flags.seen.split(',')) {
      const what = `${engine}, ${calls} calls${seen === 'yes' ? ', seen' : ''}`;
      console.log(`${what}: calling`);
      try {
        const figures = await measure(engine, calls, seen === 'yes');
        const { cpuSecPerCallMinute, setUpCpuSecPerCall } = figures;
        console.log(
          `${what}: ${cpuSecPerCallMinute} CPU s per call-minute, ${setUpCpuSecPerCall} per beginning and end`,
        );
        results.push({ ...figures, readyMs: readyMs.get(engine) });
      } catch (error) {
        // More calls than this machine bears with this engine; the others are measured all the same.
        notMeasured(what, engine === DEFAULT_ENGINE)(error);
      }
    }
  }
}
printTable(results);
if (flags.json !== undefined) await writeFile(flags.json, `${JSON.stringify(results, null, 2)}\n`);

/** More calls than the other engine bears are a result; all else that can't be measured is a fault. */
function notMeasured(what: string, isFault = true): (error: unknown) => void {
  return (error) => {
    console.error(
      `${what}: not measured: ${error instanceof Error ? error.message : String(error)}`,
    );
    if (isFault) process.exitCode = 1;
  };
}

async function measureReady(engine: RoomEngineName): Promise<ReadyReport> {
  const livekit = await startLiveKit({ logFile: join(RUN_DIR, 'livekit.log') });
  const closers: (() => Promise<unknown>)[] = [() => livekit.close()];
  try {
    const child = startLoad('bridge-ready.ts', closers);
    await answerOf(child);
    const report = answerOf<ReadyReport>(child);
    const start: ReadyStart = { ...keysOf(livekit), engine, rooms: READY_ROOMS };
    child.send(start);
    return await report;
  } finally {
    for (const close of closers.reverse()) await close();
  }
}

async function measure(engine: string, calls: number, seen: boolean): Promise<CallFigures> {
  const closers: (() => Promise<unknown>)[] = [];
  try {
    const onlooker = seen ? await startOnlooker(RUN_DIR) : undefined;
    if (onlooker) closers.push(() => onlooker.close());
    const rooms = startLoad('bridge-room-side.ts', closers);
    const { port } = await answerOf<{ port: number }>(rooms);
    const livekit = await startLiveKit({
      webhookUrls: [`http://127.0.0.1:${port}`],
      logFile: join(RUN_DIR, 'livekit.log'),
    });
    closers.push(() => livekit.close());
    rooms.send(keysOf(livekit));
    const { PATH = '', HOME = '' } = sandboxEnvironment();
    const runner = { runDir: RUN_DIR, inherit: { PATH, HOME }, onLine: () => undefined };
    const edge = await startService(runner, {
      name: 'sip-edge',
      main: 'sandbox/sip-edge/main.ts',
      env: { ...edgeEnv(SECRET), OPS_PORT: '0' },
    });
    closers.push(() => edge.close());
    const bridge = await startService(runner, {
      name: `bridge-${engine}`,
      main: 'bridge/main.ts',
      env: {
        ...livekitEnv(livekit),
        ...bridgeEnv({ port: portOf(edge, 'appPort'), secret: SECRET }),
        OPS_PORT: '0',
        LOG_LEVEL: 'info',
        BRIDGE_ENGINE: engine,
        ...onlooker?.env,
      },
    });
    closers.push(() => bridge.close());
    const opsUrl = `http://127.0.0.1:${portOf(bridge, 'opsPort')}`;
    onlooker?.scrape(opsUrl);
    await untilReady('bridge', `${opsUrl}/readyz`, READY_MS, () => bridge.running);

    const phones = startLoad('bridge-phones.ts', closers);
    await answerOf(phones);
    const start: PhonesStart = {
      server: { host: '127.0.0.1', port: portOf(edge, 'sipPort') },
      calls,
    };
    const idle = await usageOf(bridge.pid);
    phones.send(start);
    await answerOf(phones);
    const answered = await usageOf(bridge.pid);
    await delay(WARM_UP_MS);
    phones.send('reset');
    const sinceMs = sharedNowMs();
    const around = { livekit: livekit.pid, phones: phones.pid ?? -1, rooms: rooms.pid ?? -1 };
    const aroundBefore = await cpuSecOf(around);
    const before = await usageOf(bridge.pid);
    await delay(seconds * 1_000);
    const after = await usageOf(bridge.pid);
    const minutes = (sharedNowMs() - sinceMs) / 60_000;
    const aroundAfter = await cpuSecOf(around);
    const [phoneReports, roomReports] = await Promise.all([
      ask<PhoneReport[]>(phones, 'report'),
      ask<SideReport[]>(rooms, 'report'),
    ]);
    const talked = await usageOf(bridge.pid);
    await ask(phones, 'hangup');
    await delay(SETTLE_MS);
    const over = await usageOf(bridge.pid);
    const cpuSec = after.cpuSec - before.cpuSec;
    const figures = figuresOf({
      engine,
      phones: phoneReports,
      rooms: roomReports,
      sinceMs,
      minutes,
      cpuSec,
      rssMb: after.rssMb,
    });
    const setUpCpuSec = answered.cpuSec - idle.cpuSec + over.cpuSec - talked.cpuSec;
    const spentBy = (name: keyof Around) =>
      thousandths((aroundAfter[name] - aroundBefore[name]) / minutes / calls);
    return {
      ...figures,
      seen,
      setUpCpuSecPerCall: thousandths(setUpCpuSec / calls),
      aroundCpuSecPerCallMinute: {
        livekit: spentBy('livekit'),
        phones: spentBy('phones'),
        rooms: spentBy('rooms'),
      },
    };
  } finally {
    for (const close of closers.reverse()) await close();
  }
}

async function cpuSecOf({ livekit, phones, rooms }: Around): Promise<Around> {
  const cpuSec = async (pid: number) => (await usageOf(pid, 'alone')).cpuSec;
  return {
    livekit: await cpuSec(livekit),
    phones: await cpuSec(phones),
    rooms: await cpuSec(rooms),
  };
}

function thousandths(value: number): number {
  return Math.round(1_000 * value) / 1_000;
}

function keysOf({ url, apiKey, apiSecret }: RoomKeys): RoomKeys {
  return { url, apiKey, apiSecret };
}

function startLoad(file: string, closers: (() => Promise<unknown>)[]): ChildProcess {
  const child = fork(join(import.meta.dirname, file), { execArgv: [] });
  const exited = once(child, 'exit');
  closers.push(() => {
    child.kill();
    return exited;
  });
  return child;
}

/** The next message of a load process. @throws if it ends instead */
async function answerOf<T>(child: ChildProcess): Promise<T> {
  const ended = once(child, 'exit').then(() =>
    Promise.reject(new Error('a load process ended, for the reason above')),
  );
  const [message] = (await Promise.race([once(child, 'message'), ended])) as [T];
  ended.catch(() => undefined);
  return message;
}

function ask<T>(child: ChildProcess, question: string): Promise<T> {
  const answer = answerOf<T>(child);
  child.send(question);
  return answer;
}

function pair(of: Spread | undefined): string {
  return of ? `${of.p50}/${of.p95}` : '–';
}

function printTable(rows: readonly CallFigures[]): void {
  const table = rows.map((row) => [
    row.engine,
    row.calls,
    row.cpuSecPerCallMinute,
    pair(row.inMs),
    pair(row.outMs),
    pair(row.setupMs),
    pair(row.firstAudioMs),
    row.pacingMs.p99 ?? '–',
    row.lossPct,
    row.rssMb,
    Object.values(row.aroundCpuSecPerCallMinute).join('/'),
  ]);
  const heads = [
    'engine',
    'calls',
    'CPU s/call-min',
    'phone→room ms p50/p95',
    'room→phone ms p50/p95',
    'INVITE→200 ms p50/p95',
    '200→agent heard ms p50/p95',
    'packet gap ms p99',
    'loss %',
    'RSS MB',
    'around it CPU s/call-min: livekit/phones/rooms',
  ];
  for (const line of [heads, ...table]) {
    console.log(line.map((cell, i) => String(cell).padStart(heads[i]?.length ?? 0)).join('  '));
  }
}
