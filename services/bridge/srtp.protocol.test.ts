import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { decodeWav } from '../sandbox/audio/wav.ts';
import { Baresip } from '../sandbox/sip/baresip.ts';
import { startLiveKit, type LiveKit } from '../sandbox/stack/livekit-server.ts';
import { BridgeRig } from './testing/bridge-rig.ts';
import { purest } from './testing/purest.ts';
import { AGENT_RATE_HZ } from './testing/tone-agent.ts';

let livekit: LiveKit;
let rig: BridgeRig;
let phone: Baresip;
beforeAll(async () => {
  livekit = await startLiveKit();
  rig = await BridgeRig.start({ livekit });
  phone = await Baresip.start({ transport: 'tls', srtp: true });
});
afterAll(async () => {
  await phone.close();
  await rig.close();
  await livekit.close();
});

it('a phone that speaks only TLS and SRTP is heard, and reports by RTCP under the same keys', async () => {
  phone.dial('+12025550101', rig.sipTls);
  await phone.waitFor('CALL_ESTABLISHED', 20_000);
  const agent = await rig.agent();
  await vi.waitFor(
    () => expect(purest(agent.heard(1_000), 440, AGENT_RATE_HZ)).toBeGreaterThan(0.98),
    { timeout: 15_000, interval: 200 },
  );
  await vi.waitFor(
    async () => {
      const metrics = await fetch(`http://127.0.0.1:${rig.bridge.opsPort}/metrics`);
      expect(await metrics.text()).toMatch(/^patchbay_bridge_mos_count\{direction="out"\} [1-9]/m);
    },
    { timeout: 25_000, interval: 500 },
  );
  phone.hangup();
  await phone.waitFor('CALL_CLOSED');
  const heard = decodeWav((await phone.heard()) ?? new Uint8Array()).channels[0];
  expect(purest(heard ?? new Int16Array(), 440, 8_000)).toBeGreaterThan(0.98);
  const [record] = await rig.recorded(1);
  expect(record).toMatchObject({ result: 'caller-hangup', sip: { status: 200, transport: 'tls' } });
  expect(record?.media?.in.strangers).toBe(0);
  expect(record?.media?.in.mos).toBeGreaterThan(4);
  expect(record?.media?.out.lost).toBe(0);
  expect(record?.media?.roundTripMs).toBeGreaterThanOrEqual(0);
  expect(record?.media?.oneWay).toBeUndefined();
});
