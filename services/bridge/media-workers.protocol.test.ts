import { createSocket } from 'node:dgram';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { silentLogger } from '@patchbay/common/logger';
import { tone } from '../sandbox/audio/tone.ts';
import { startLiveKit, type LiveKit } from '../sandbox/stack/livekit-server.ts';
import type { PhoneCall } from '../sandbox/telephone/phone-call.ts';
import { Telephone } from '../sandbox/telephone/telephone.ts';
import { BridgeRig } from './testing/bridge-rig.ts';
import { lowPort } from './testing/low-port.ts';
import { purest } from './testing/purest.ts';
import { AGENT_RATE_HZ } from './testing/tone-agent.ts';

const PHONE_HZ = 700;
const AGENT_HZ = 440;
const PATIENT = { timeout: 20_000, interval: 50 };

let livekit: LiveKit;
let rig: BridgeRig;
let phone: Telephone;
beforeAll(async () => {
  livekit = await startLiveKit();
});
afterAll(async () => {
  await livekit.close();
});
afterEach(async () => {
  await phone.close();
  await rig.closeEmpty();
});

async function start(workers: number, more: Record<string, string> = {}): Promise<void> {
  const env = { BRIDGE_MEDIA_WORKERS: String(workers), LOG_LEVEL: 'warn', ...more };
  rig = await BridgeRig.start({ livekit, env });
  phone = await Telephone.open({ transport: 'udp', log: silentLogger() });
}

/** Kill the worker with the most calls, or the one with the fewest, or have it hang. */
function kill(which: 'busiest' | 'idlest', signal: 'SIGKILL' | 'SIGSTOP' = 'SIGKILL'): void {
  const workers = [...rig.bridge.mediaWorkers].sort((a, b) => b.calls - a.calls);
  const victim = which === 'busiest' ? workers[0] : workers.at(-1);
  // Process 0 would be this whole group.
  if (!victim) throw new Error('no media worker is up');
  process.kill(victim.pid, signal);
}

async function dial(index: number): Promise<PhoneCall> {
  const from = `+1202555${String(1_000 + index)}`;
  const call = phone.call({ to: '+12025550101', from, server: rig.sip, payloadTypes: [8] });
  await call.answered;
  const sound = tone({ frequencyHz: PHONE_HZ, durationMs: 60_000, sampleRateHz: 8_000 });
  call.play(sound).catch(() => undefined);
  return call;
}

/** What the phone heard since so many samples. */
function heardSince(call: PhoneCall, from: number): number {
  return purest(call.recording().heard.subarray(from), AGENT_HZ, 8_000);
}

/** Both sides hear each other from now on. */
async function expectTalk(calls: readonly PhoneCall[]): Promise<void> {
  const from = calls.map((call) => call.recording().heard.length);
  await vi.waitFor(() => {
    calls.forEach((call, index) => {
      expect(heardSince(call, from[index] ?? 0)).toBeGreaterThan(0.9);
    });
  }, PATIENT);
  await vi.waitFor(() => {
    expect(rig.agents.size).toBe(calls.length);
    for (const agent of rig.agents.values()) {
      expect(purest(agent.heard(300), PHONE_HZ, AGENT_RATE_HZ)).toBeGreaterThan(0.9);
    }
  }, PATIENT);
}

/** One call that talks. */
async function talkIn(workers: number, more: Record<string, string> = {}): Promise<PhoneCall> {
  await start(workers, more);
  const call = await dial(0);
  await expectTalk([call]);
  return call;
}

it('calls are spread over the workers, and go on in the other when one is killed', async () => {
  await start(2);
  const calls: PhoneCall[] = [];
  for (let index = 0; index < 4; index++) calls.push(await dial(index));
  await expectTalk(calls);
  expect(rig.bridge.mediaWorkers.map((worker) => worker.calls)).toEqual([2, 2]);
  // The second time it is the one that all calls are in by now.
  for (const moved of [2, 4 + 2]) {
    kill('busiest');
    await vi.waitFor(async () => {
      expect((await rig.metrics()).get('calls_moved_total')).toBe(moved);
      expect(rig.bridge.mediaWorkers).toHaveLength(2);
    }, PATIENT);
    await expectTalk(calls);
  }
  expect((await rig.metrics()).get('media_workers_died_total')).toBe(2);
  // For the phones it is the same stream, with a gap.
  expect(calls.map((call) => call.stats.sourceChanges)).toEqual([0, 0, 0, 0]);
  expect(rig.records).toEqual([]);
  await Promise.all(calls.map((call) => call.hangup()));
  const records = await rig.recorded(4);
  for (const record of records) {
    expect(record).toMatchObject({ result: 'caller-hangup', sip: { status: 200 } });
    expect(record.media?.in.packets).toBeGreaterThan(0);
  }
}, 120_000);

it('a call whose next worker dies with its own goes on once, in one that lives', async () => {
  const call = await talkIn(3);
  kill('idlest');
  kill('busiest');
  await vi.waitFor(async () => {
    expect((await rig.metrics()).get('calls_moved_total')).toBe(1);
    expect(rig.bridge.mediaWorkers).toHaveLength(3);
  }, PATIENT);
  await expectTalk([call]);
  expect(rig.bridge.mediaWorkers.map((worker) => worker.calls).sort()).toEqual([0, 0, 1]);
  await call.hangup();
  const [record] = await rig.recorded(1);
  expect(record?.result).toBe('caller-hangup');
}, 120_000);

it('a worker that hangs is ended, and its call goes on in the other', async () => {
  const call = await talkIn(2);
  kill('busiest', 'SIGSTOP');
  await vi.waitFor(async () => {
    expect((await rig.metrics()).get('calls_moved_total')).toBe(1);
    expect(rig.bridge.mediaWorkers).toHaveLength(2);
  }, PATIENT);
  await expectTalk([call]);
  await call.hangup();
  const [record] = await rig.recorded(1);
  expect(record?.result).toBe('caller-hangup');
}, 120_000);

it('calls of the only worker wait for the next one', async () => {
  const call = await talkIn(1);
  kill('busiest');
  await expectTalk([call]);
  await call.hangup();
  const [record] = await rig.recorded(1);
  expect(record?.result).toBe('caller-hangup');
}, 120_000);

it('a call whose port is lost meanwhile is hung up on, with a record', async () => {
  const port = await lowPort();
  const only = { BRIDGE_RTP_PORT_MIN: String(port), BRIDGE_RTP_PORT_MAX: String(port + 1) };
  const call = await talkIn(1, only);
  kill('busiest');
  const thief = createSocket('udp4');
  const steal = () => thief.bind(port, '127.0.0.1');
  thief.on('error', () => setTimeout(steal, 1));
  steal();
  expect((await call.ended).by).toBe('peer');
  const [record] = await rig.recorded(1);
  expect(record).toMatchObject({ result: 'internal-error' });
  thief.close();
}, 120_000);

it('a room that is deleted while its worker is dead ends the call', async () => {
  const call = await talkIn(1);
  kill('busiest');
  await rig.deleteRooms();
  expect((await call.ended).by).toBe('peer');
  const [record] = await rig.recorded(1);
  expect(record?.result).toBe('agent-hangup');
}, 120_000);

it('an agent that is lost while its worker is dead is missed as any other', async () => {
  const call = await talkIn(1);
  const [agent] = rig.agents.values();
  kill('busiest');
  await agent?.close();
  expect((await call.ended).by).toBe('peer');
  const [record] = await rig.recorded(1);
  expect(record?.result).toBe('agent-unavailable');
}, 120_000);
