import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { RoomServiceClient } from 'livekit-server-sdk';
import { silentLogger } from '@patchbay/common/logger';
import { LiveKitRoomList } from '../../api/livekit/room-list.ts';
import { RoomSweeper } from '../../api/room-sweeper.ts';
import { familyOf, usageOf } from '../bench/process-usage.ts';
import { sandboxEnvironment } from '../config.ts';
import { DEFAULT_TIMERS } from '../sip/timers.ts';
import { startSipEdge } from '../sip-edge/edge.ts';
import { metric, untilNothingHeld } from '../stack/holdings.ts';
import { startLiveKit } from '../stack/livekit-server.ts';
import { LOCAL_NUMBERS } from '../stack/local-numbers.ts';
import { CallRecords } from '../stack/records.ts';
import { bridgeEnv, livekitEnv } from '../stack/service-env.ts';
import { portOf, startService, untilReady, type RunningService } from '../stack/services.ts';
import { Telephone } from '../telephone/telephone.ts';
import { COLLECTABLE, collectGarbage } from './collect.ts';
import { SoakAgents } from './soak-agents.ts';
import { LIFE_NAMES, live, type LifeName, type LifeTools } from './soak-lives.ts';

export const SPARE_FILES = 4;

export interface SoakOptions {
  calls: number;
  /** Callers at once. The bridge takes two calls fewer, so that some find it busy and call again. */
  atOnce: number;
  /** The same seed gives the same lives. */
  seed: number;
  /** Media workers of the bridge. */
  workers: number;
  print?: (line: string) => void;
}

/** What is still held when all calls are over; zero everywhere is right. */
export interface SoakHoldings {
  calls: number;
  ports: number;
  portsResting: number;
  rooms: number;
  trunkCalls: number;
  livekitRooms: number;
  dialogs: number;
  transactions: number;
  agents: number;
}

export interface SoakFigures {
  calls: number;
  lives: Record<string, number>;
  /** Calls that found it busy; each was placed again. */
  busy: number;
  /** What did not go as it should, at most twenty. */
  faults: string[];
  records: number;
  results: Record<string, number>;
  held: SoakHoldings;
  /** Rooms that LiveKit still listed after their end, and the API's sweeper took off its list. */
  roomsSwept: number;
  /**
   * After the first tenth of the calls, and after all. Connections that HTTP keeps alive come and go:
   * {@link SPARE_FILES} more are no leak.
   */
  filesBefore: number;
  filesAfter: number;
  /** Of all processes of the bridge, garbage collected. */
  rssMbBefore: number;
  rssMbAfter: number;
  /** By how much the one grew that grew most. */
  mostGrownMb: number;
  seconds: number;
}

const READY_MS = 60_000;
/** Who finds it busy calls again, at most so much later. */
const REDIAL_MS = 1_500;
/** The sweeper takes a room off LiveKit's list ten seconds after it ended. */
const SETTLE_LIMIT_MS = 30_000;
const MOST_FAULTS = 20;
const SECRET = 'soak';
/** Phones that drop never answer their BYE: one that gives up after 3.2 s keeps the end short. */
const EDGE_TIMERS = { ...DEFAULT_TIMERS, t1Ms: 50, t2Ms: 400 };

/** Many calls of random life against a bridge of its own, and a look at what they leave behind. */
export async function runBridgeSoak(options: SoakOptions): Promise<SoakFigures> {
  const { calls, atOnce, print = () => undefined } = options;
  const closers: (() => Promise<unknown>)[] = [];
  const runDir = await mkdtemp(join(tmpdir(), 'patchbay-soak-'));
  closers.push(() => rm(runDir, { recursive: true, force: true }));
  try {
    const agents = await SoakAgents.open();
    closers.push(() => agents.close());
    const livekit = await startLiveKit({ webhookUrls: [agents.webhookUrl] });
    closers.push(() => livekit.close());
    let roomsSwept = 0;
    const sweeper = new RoomSweeper({
      list: new LiveKitRoomList({ ...livekit, url: livekit.httpUrl }),
      log: silentLogger(),
      swept: () => (roomsSwept += 1),
    });
    closers.push(() => sweeper.close());
    agents.serve(livekit, (event) => sweeper.handle(event));
    const edge = await startSipEdge({
      sipHost: '127.0.0.1',
      sipPort: 0,
      appHost: '127.0.0.1',
      appPort: 0,
      secret: SECRET,
      log: silentLogger(),
      timers: EDGE_TIMERS,
    });
    closers.push(() => edge.close());
    const records = new CallRecords();
    const { PATH = '', HOME = '' } = sandboxEnvironment();
    const onLine = (line: string) => records.offer(line);
    const bridge = await startService(
      { runDir, inherit: { PATH, HOME }, onLine },
      {
        name: 'bridge',
        main: 'bridge/main.ts',
        env: {
          ...livekitEnv(livekit),
          ...bridgeEnv({ port: edge.appPort, secret: SECRET }),
          ...COLLECTABLE,
          OPS_PORT: '0',
          LOG_LEVEL: 'info',
          BRIDGE_MAX_CALLS: String(Math.max(1, atOnce - 2)),
          BRIDGE_RTP_REST_MS: '500',
          BRIDGE_MEDIA_START_TIMEOUT_MS: '1500',
          BRIDGE_MEDIA_TIMEOUT_MS: '1500',
          BRIDGE_MEDIA_WORKERS: String(options.workers),
        },
      },
    );
    closers.push(() => bridge.close());
    const opsUrl = `http://127.0.0.1:${portOf(bridge, 'opsPort')}`;
    await untilReady('bridge', `${opsUrl}/readyz`, READY_MS, () => bridge.running);
    const phone = await Telephone.open({
      transport: 'udp',
      log: silentLogger(),
      timers: EDGE_TIMERS,
    });
    closers.push(() => phone.close());

    const random = seeded(options.seed);
    const lives: Record<string, number> = {};
    const faults: string[] = [];
    let busy = 0;
    let dialled = 0;
    const tools: LifeTools = {
      between: (from, to) => from + Math.floor(random() * (to - from + 1)),
      call: (plan, more = {}) => {
        const from = `+1202${String(5_560_000 + dialled++)}`;
        agents.plan(from, plan);
        const server = { host: '127.0.0.1', port: edge.sipPort };
        return phone.call({ to: LOCAL_NUMBERS.bank, from, server, record: false, ...more });
      },
    };
    const one = async (name: LifeName) => {
      lives[name] = (lives[name] ?? 0) + 1;
      let wrong = await live(name, tools);
      for (; wrong === 'busy'; wrong = await live(name, tools)) {
        busy += 1;
        await delay(tools.between(200, REDIAL_MS));
      }
      if (wrong !== undefined && faults.length < MOST_FAULTS) faults.push(`${name}: ${wrong}`);
    };
    const startMs = performance.now();
    /** Keep so many calls up until all have been placed. */
    const run = async (count: number) => {
      let left = count;
      const caller = async () => {
        while (left-- > 0) {
          await one(LIFE_NAMES[Math.floor(random() * LIFE_NAMES.length)] ?? 'talk');
          await delay(random() * 50);
        }
      };
      await Promise.all(Array.from({ length: Math.min(count, atOnce) }, caller));
    };
    const rooms = new RoomServiceClient(livekit.httpUrl, livekit.apiKey, livekit.apiSecret);
    const look = async (): Promise<SoakHoldings> => ({
      calls: await metric(opsUrl, 'patchbay_bridge_calls_active'),
      ports: await metric(opsUrl, 'patchbay_bridge_rtp_ports_used'),
      portsResting: await metric(opsUrl, 'patchbay_bridge_rtp_ports_resting'),
      rooms: await metric(opsUrl, 'patchbay_bridge_rooms_open'),
      trunkCalls: await metric(opsUrl, 'patchbay_bridge_trunk_calls_active'),
      livekitRooms: (await rooms.listRooms()).length,
      dialogs: edge.status().dialogs,
      transactions: edge.status().transactions,
      agents: agents.active,
    });
    const held = () => untilNothingHeld(look, SETTLE_LIMIT_MS);

    const first = Math.ceil(calls / 10);
    await run(first);
    await held();
    const before = await footprint(bridge);
    print(`${first} calls: ${before.files} open files, ${before.rssMb} MB`);
    await run(calls - first);
    const left = await held();
    const after = await footprint(bridge);
    print(`${calls} calls: ${after.files} open files, ${after.rssMb} MB`);
    for (const { name, numParticipants, creationTimeMs } of await rooms.listRooms()) {
      const record = records.all.find(({ room }) => room === name);
      const afterMs = record && Number(creationTimeMs) - record.at.endMs;
      const made = record ? `made ${afterMs} ms after its ${record.result}` : 'of no call';
      faults.push(`room ${name} is left with ${numParticipants} in it, ${made}`);
    }
    const results: Record<string, number> = {};
    for (const { result } of records.all) results[result] = (results[result] ?? 0) + 1;
    return {
      calls,
      lives,
      busy,
      faults,
      records: new Set(records.all.map(({ callId }) => callId)).size,
      results,
      held: left,
      roomsSwept,
      filesBefore: before.files,
      filesAfter: after.files,
      rssMbBefore: before.rssMb,
      rssMbAfter: after.rssMb,
      mostGrownMb: mostGrown(before.mbOf, after.mbOf),
      seconds: Math.round((performance.now() - startMs) / 1_000),
    };
  } finally {
    for (const close of closers.reverse()) await close();
  }
}

interface Footprint {
  files: number;
  rssMb: number;
  /** Memory by process id. */
  mbOf: Map<number, number>;
}

async function footprint({ pid }: RunningService): Promise<Footprint> {
  const { files } = await usageOf(pid);
  await collectGarbage(pid);
  const mbOf = new Map<number, number>();
  for (const one of await familyOf(pid)) mbOf.set(one, (await usageOf(one, 'alone')).rssMb);
  const rssMb = [...mbOf.values()].reduce((sum, mb) => sum + mb, 0);
  return { files, rssMb: Math.round(rssMb), mbOf };
}

function mostGrown(before: Footprint['mbOf'], after: Footprint['mbOf']): number {
  const grown = [...after].map(([pid, mb]) => mb - (before.get(pid) ?? 0));
  return Math.round(Math.max(...grown));
}

/** Numbers in [0, 1), the same for the same seed (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
