import type { CallRecord } from '@patchbay/common/call-record';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { decodeWav } from '../sandbox/audio/wav.ts';
import { Baresip } from '../sandbox/sip/baresip.ts';
import { startLiveKit, type LiveKit } from '../sandbox/stack/livekit-server.ts';
import { BridgeRig } from './testing/bridge-rig.ts';
import { purest } from './testing/purest.ts';
import { AGENT_RATE_HZ } from './testing/tone-agent.ts';

const KEY = 'a-key-that-is-long-enough';
const CALLEE = '+12025550187';
const SECURE = '+12025550102';

let livekit: LiveKit;
let rig: BridgeRig;
let phone: Baresip;
let callee: Baresip;
beforeAll(async () => {
  const tls = { transport: 'tls', srtp: true } as const;
  [livekit, phone, callee] = await Promise.all([
    startLiveKit(),
    Baresip.start(tls),
    Baresip.start({ ...tls, user: CALLEE, autoAnswer: true }),
  ]);
  const trunks = [
    { name: 'open', numbers: { '+12025550101': 'bank' } },
    {
      name: 'secure',
      direction: 'both',
      numbers: { [SECURE]: 'bank' },
      mediaEncryption: 'require',
      transports: ['tls'],
      outbound: { host: '127.0.0.1', port: callee.port + 1, transport: 'tls' },
    },
  ];
  const env = {
    BRIDGE_TRUNKS: JSON.stringify(trunks),
    BRIDGE_CONTROL_KEY: KEY,
    BRIDGE_CONTROL_PORT: '0',
  };
  rig = await BridgeRig.start({ livekit, env });
});
let before = { records: 0, received: 0, sent: 0 };
beforeEach(async () => {
  before = { records: rig.records.length, ...(await packetsSoFar()) };
});
afterEach(() => rig.expectNothingLeft());
afterAll(async () => {
  await Promise.all([phone.close(), callee.close()]);
  await rig.close();
  await livekit.close();
});

/** The agent hears what baresip says. */
async function heardByAgent(): Promise<void> {
  const agent = await rig.agent();
  await vi.waitFor(
    () => expect(purest(agent.heard(1_000), 440, AGENT_RATE_HZ)).toBeGreaterThan(0.98),
    { timeout: 15_000, interval: 200 },
  );
}

/** So many packets have gone each way since the test began. */
async function talkedFor(packets: number): Promise<void> {
  await vi.waitFor(
    async () => {
      const { received, sent } = await packetsSoFar();
      expect(received - before.received).toBeGreaterThan(packets);
      expect(sent - before.sent).toBeGreaterThan(packets);
    },
    { timeout: 15_000, interval: 100 },
  );
}

async function packetsSoFar(): Promise<{ received: number; sent: number }> {
  const metrics = await rig.metrics();
  const count = (direction: string) =>
    metrics.get(`rtp_packets_total{direction="${direction}"}`) ?? 0;
  return { received: count('in'), sent: count('out') };
}

/** baresip has heard what the agent says. */
async function heardBy(one: Baresip): Promise<void> {
  const samples = decodeWav((await one.heard()) ?? new Uint8Array()).channels[0];
  expect(purest(samples ?? new Int16Array(), 440, 8_000)).toBeGreaterThan(0.98);
}

/** The record of the only call since the test began. */
async function ownRecord(): Promise<CallRecord> {
  return (await rig.recorded(before.records + 1))[before.records]!;
}

it('a phone that speaks only TLS and SRTP is heard, and reports by RTCP under the same keys', async () => {
  phone.dial('+12025550101', rig.sipTls);
  await phone.waitFor('CALL_ESTABLISHED', 20_000);
  await heardByAgent();
  await vi.waitFor(
    async () => {
      const metrics = await fetch(`http://127.0.0.1:${rig.bridge.opsPort}/metrics`);
      expect(await metrics.text()).toMatch(/^patchbay_bridge_mos_count\{direction="out"\} [1-9]/m);
    },
    { timeout: 25_000, interval: 500 },
  );
  phone.hangup();
  await phone.waitFor('CALL_CLOSED');
  await heardBy(phone);
  const record = await ownRecord();
  expect(record).toMatchObject({ result: 'caller-hangup', sip: { status: 200, transport: 'tls' } });
  expect(record.media?.in.strangers).toBe(0);
  expect(record.media?.in.mos).toBeGreaterThan(4);
  expect(record.media?.out.lost).toBe(0);
  expect(record.media?.roundTripMs).toBeGreaterThanOrEqual(0);
  expect(record.media?.oneWay).toBeUndefined();
});

it('a phone without SRTP is refused where the trunk requires it', async () => {
  const plain = await Baresip.start({ transport: 'tls' });
  plain.dial(SECURE, rig.sipTls);
  expect((await plain.waitFor('CALL_CLOSED')).param).toMatch(/^488/);
  await plain.close();
  expect(await ownRecord()).toMatchObject({
    result: 'rejected-no-codec',
    sip: { trunk: 'secure' },
  });
});

it('a phone is called over TLS with keys of ours, and both hear each other', async () => {
  const response = await fetch(`http://127.0.0.1:${rig.bridge.controlPort}/calls`, {
    method: 'POST',
    headers: { authorization: `Bearer ${KEY}` },
    body: JSON.stringify({ to: CALLEE, agent: 'bank', trunk: 'secure' }),
  });
  expect(response.status).toBe(202);
  await callee.waitFor('CALL_ESTABLISHED', 20_000);
  await heardByAgent();
  await talkedFor(100);
  await rig.deleteRooms();
  await callee.waitFor('CALL_CLOSED');
  await heardBy(callee);
  const record = await ownRecord();
  expect(record).toMatchObject({ result: 'agent-hangup', sip: { status: 200, trunk: 'secure' } });
  expect(record.media?.in.packets).toBeGreaterThan(50);
});
