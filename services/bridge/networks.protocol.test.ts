import { setTimeout as delay } from 'node:timers/promises';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { silentLogger } from '@patchbay/common/logger';
import { tone } from '../sandbox/audio/tone.ts';
import { selfSigned } from '../sandbox/sip/self-signed.ts';
import { startLiveKit, type LiveKit } from '../sandbox/stack/livekit-server.ts';
import type { PhoneCall } from '../sandbox/telephone/phone-call.ts';
import { Telephone } from '../sandbox/telephone/telephone.ts';
import { BridgeRig, type RigOptions } from './testing/bridge-rig.ts';
import { purest } from './testing/purest.ts';
import { SignalProxy } from './testing/signal-proxy.ts';
import { AGENT_RATE_HZ } from './testing/tone-agent.ts';
import { WalledLiveKit } from './testing/walled-livekit.ts';

const PHONE_HZ = 700;
const AGENT_HZ = 440;
const PATIENT = { timeout: 20_000, interval: 50 };
/** How long LiveKit's signalling is away. */
const OUTAGE_MS = 2_000;

let livekit: LiveKit;
const walled = await WalledLiveKit.start();
const noWall = typeof walled === 'string' ? walled : undefined;
let rig: BridgeRig;
let phone: Telephone;
const closers: (() => Promise<unknown>)[] = [];
beforeAll(async () => {
  livekit = await startLiveKit();
});
afterAll(async () => {
  await livekit.close();
  if (typeof walled !== 'string') await walled.close();
});
afterEach(async () => {
  await phone.close();
  try {
    await rig.closeEmpty();
  } finally {
    for (const close of closers.splice(0).reverse()) await close();
  }
});

/** Start a bridge, and a call through it that plays a tone. */
async function talk(options: Partial<RigOptions> = {}): Promise<PhoneCall> {
  rig = await BridgeRig.start({ livekit, ...options });
  phone = await Telephone.open({ transport: 'udp', log: silentLogger() });
  const dialled = { to: '+12025550101', from: '+12025550187', payloadTypes: [8] as const };
  const call = phone.call({ ...dialled, server: rig.sip });
  await call.answered;
  const sound = tone({ frequencyHz: PHONE_HZ, durationMs: 60_000, sampleRateHz: 8_000 });
  call.play(sound).catch(() => undefined);
  return call;
}

/** Both sides hear each other from now on. */
async function expectTalk(call: PhoneCall): Promise<void> {
  const from = call.recording().heard.length;
  const agent = await rig.agent();
  await vi.waitFor(() => {
    expect(purest(call.recording().heard.subarray(from), AGENT_HZ, 8_000)).toBeGreaterThan(0.9);
    expect(purest(agent.heard(500), PHONE_HZ, AGENT_RATE_HZ)).toBeGreaterThan(0.9);
  }, PATIENT);
}

async function hangUp(call: PhoneCall): Promise<void> {
  await call.hangup();
  const [record] = await rig.recorded(1);
  expect(record).toMatchObject({ result: 'caller-hangup', sip: { status: 200 } });
}

async function before(identity?: ReturnType<typeof selfSigned>): Promise<SignalProxy> {
  const proxy = await SignalProxy.open(livekit.port, identity);
  closers.push(() => proxy.close());
  return proxy;
}

describe('LiveKit behind TLS', () => {
  it('is joined over wss where its certificate is trusted, and joined again after an outage', async () => {
    const identity = selfSigned('127.0.0.1');
    const usual = getCACertificates('default');
    // What NODE_EXTRA_CA_CERTS does for a process that begins.
    setDefaultCACertificates([...usual, identity.cert]);
    closers.push(() => Promise.resolve(setDefaultCACertificates(usual)));
    const proxy = await before(identity);
    const call = await talk({ env: { LIVEKIT_URL: proxy.url } });
    await expectTalk(call);
    proxy.cut();
    proxy.mend();
    await vi.waitFor(() => expect(logged('the room was joined again')).toBe(true), PATIENT);
    await expectTalk(call);
    await hangUp(call);
  }, 60_000);

  it('with a certificate that nobody vouches for is not talked to, and the log says so', async () => {
    const proxy = await before(selfSigned('127.0.0.1'));
    rig = await BridgeRig.start({ livekit, env: { LIVEKIT_URL: proxy.url }, unready: true });
    phone = await Telephone.open({ transport: 'udp', log: silentLogger() });
    await vi.waitFor(() => expect(rig.bridge.health.missing()).toEqual(['livekit']), PATIENT);
    await vi.waitFor(() => {
      const line = rig.lines.find(({ msg }) => String(msg).includes('LiveKit can not be reached'));
      expect(line?.reason).toBe('DEPTH_ZERO_SELF_SIGNED_CERT');
    }, PATIENT);
  });
});

function logged(message: string): boolean {
  return rig.lines.some(({ msg }) => String(msg).includes(message));
}

it('a call goes on while the signalling is away for two seconds, and when it is back', async () => {
  const proxy = await before();
  const call = await talk({ env: { LIVEKIT_URL: proxy.url } });
  await expectTalk(call);
  proxy.cut();
  await vi.waitFor(() => expect(proxy.refused).toBeGreaterThan(0), PATIENT);
  // Audio does not pass by the signalling.
  await expectTalk(call);
  await delay(OUTAGE_MS);
  proxy.mend();
  await vi.waitFor(() => expect(logged('the room was joined again')).toBe(true), PATIENT);
  await expectTalk(call);
  expect(rig.records).toEqual([]);
  await hangUp(call);
}, 60_000);

it.skipIf(noWall !== undefined)(
  `a call is carried by TURN where nothing else gets through${noWall ? ` (left out: ${noWall})` : ''}`,
  async () => {
    if (typeof walled === 'string') throw new Error(walled);
    const call = await talk({ livekit: walled });
    await expectTalk(call);
    expect(await walled.stopped()).toBeGreaterThan(0);
    await hangUp(call);
  },
  60_000,
);
