import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { freePort, startSipp, type Sipp } from '../sandbox/sip/sipp.ts';
import { startLiveKit, type LiveKit } from '../sandbox/stack/livekit-server.ts';
import type { PlacedCall } from './dial-desk.ts';
import { BridgeRig } from './testing/bridge-rig.ts';

const KEY = 'a-key-that-is-long-enough';
const TO = '+12025550187';
const TESTDATA = join(import.meta.dirname, 'testdata');
const EDGE_TESTDATA = join(import.meta.dirname, '../sandbox/sip-edge/testdata');
const WAIT = { timeout: 15_000, interval: 20 };

let livekit: LiveKit;
let rig: BridgeRig;
let callee: Sipp | undefined;
beforeAll(async () => {
  livekit = await startLiveKit();
});
afterAll(() => livekit.close());
afterEach(async () => {
  await callee?.close();
  callee = undefined;
  await rig.closeEmpty();
});

/** A bridge whose carrier plays this scenario; without one nobody listens there. */
async function start(
  scenario: string | undefined,
  transport: 'udp' | 'tcp' = 'udp',
  env: Record<string, string> = {},
): Promise<void> {
  if (scenario !== undefined) callee = await startSipp({ scenario, transport });
  const port = callee?.port ?? (await freePort());
  const trunk = {
    name: 'exotel',
    direction: 'both',
    numbers: { '+12025550101': 'bank' },
    outbound: {
      host: '127.0.0.1',
      port,
      transport,
      domain: 'acc.pstn.example.com',
      user: 'exotel-out',
    },
  };
  rig = await BridgeRig.start({
    livekit,
    env: {
      BRIDGE_TRUNKS: JSON.stringify([trunk]),
      BRIDGE_TRUNK_PASSWORDS: '{"exotel":{"exotel-out":"secret"}}',
      BRIDGE_CONTROL_KEY: KEY,
      BRIDGE_CONTROL_PORT: '0',
      ...env,
    },
  });
}

async function ask(
  path: string,
  body?: object,
  key = KEY,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(`http://127.0.0.1:${rig.bridge.controlPort}${path}`, {
    method: body ? 'POST' : 'GET',
    headers: { authorization: `Bearer ${key}` },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

async function place(order: object = {}): Promise<string> {
  const { status, body } = await ask('/calls', { to: TO, agent: 'bank', ...order });
  expect(status, JSON.stringify(body)).toBe(202);
  return String(body['callId']);
}

async function ended(callId: string): Promise<PlacedCall> {
  return await vi.waitFor(async () => {
    const { body } = await ask(`/calls/${callId}`);
    expect(body['state']).toBe('ended');
    return body as unknown as PlacedCall;
  }, WAIT);
}

describe.each(['udp', 'tcp'] as const)('a call out over %s', (transport) => {
  it('gives its password, shows its number, hears early media and is answered', async () => {
    await start(join(TESTDATA, 'carrier-answers.xml'), transport);
    const callId = await place({ earlyMedia: true });
    const agent = await rig.agent();
    const identity = `sip_${TO}`;
    const statuses = new Set<string | undefined>();
    await vi.waitFor(() => {
      const attributes = agent.attributesOf(identity);
      statuses.add(attributes['sip.callStatus']);
      expect(attributes['sip.callStatus']).toBe('active');
      expect(attributes).toMatchObject({
        'sip.phoneNumber': TO,
        'sip.trunkPhoneNumber': '+12025550101',
        'sip.trunkID': 'ST_exotel',
      });
      expect(attributes['sip.ruleID']).toBeUndefined();
    }, WAIT);
    expect([...statuses]).toEqual(expect.arrayContaining(['dialing', 'ringing', 'active']));
    expect((await ask(`/calls/${callId}`)).body).toMatchObject({ callId, state: 'active' });
    await rig.deleteRooms();
    const result = await callee?.done;
    expect(result?.ok, result?.errors).toBe(true);
    expect(await ended(callId)).toMatchObject({ result: 'agent-hangup', status: 200 });
    expect((await rig.recorded(1))[0]).toMatchObject({
      callId,
      agent: 'bank',
      sip: { direction: 'outbound', trunk: 'exotel', transport, codec: 'PCMU', status: 200 },
    });
  });

  it('finds the phone busy', async () => {
    await start(join(EDGE_TESTDATA, 'callee-refuses.xml'), transport);
    expect(await ended(await place())).toMatchObject({ result: 'callee-busy', status: 486 });
    expect((await callee?.done)?.ok).toBe(true);
  });

  it('is taken back when nobody answers in time', async () => {
    await start(join(EDGE_TESTDATA, 'callee-rings.xml'), transport);
    const callId = await place({ ringLimitMs: 1_500 });
    expect(await ended(callId)).toMatchObject({ result: 'callee-no-answer', status: 487 });
    const result = await callee?.done;
    expect(result?.ok, result?.errors).toBe(true);
  });

  it('is taken back when the agent hangs up while it rings', async () => {
    await start(join(EDGE_TESTDATA, 'callee-rings.xml'), transport);
    const callId = await place();
    await vi.waitFor(
      async () => expect((await ask(`/calls/${callId}`)).body['state']).toBe('ringing'),
      WAIT,
    );
    await rig.deleteRooms();
    expect(await ended(callId)).toMatchObject({ result: 'agent-hangup', status: 487 });
    const result = await callee?.done;
    expect(result?.ok, result?.errors).toBe(true);
  });
});

it('a call to a carrier that is not there has failed', async () => {
  await start(undefined, 'tcp');
  expect(await ended(await place())).toMatchObject({ result: 'callee-failed', status: 503 });
});

it('a call without an agent rings nobody', async () => {
  await start(undefined, 'udp', { BRIDGE_AGENT_WAIT_MS: '1000' });
  rig.agentMode = 'stay-away';
  expect(await ended(await place())).toMatchObject({ result: 'agent-unavailable' });
});

it('the door for calls out opens to its key only, and says what is wrong with an order', async () => {
  await start(undefined);
  expect((await ask('/calls', { to: TO, agent: 'bank' }, 'another-key')).status).toBe(401);
  const faults = async (order: object) => {
    const { status, body } = await ask('/calls', order);
    expect(status).toBe(400);
    return body['faults'];
  };
  expect(await faults({ to: '12025550187', agent: 'Bank', extra: 1 })).toHaveLength(3);
  expect(await faults({ to: TO, agent: 'bank', trunk: 'office' })).toEqual([
    'trunk: must name a trunk for calls out; there are: exotel',
  ]);
  expect(await faults({ to: TO, agent: 'bank', from: '+1999' })).toEqual([
    'from: must be a number of trunk exotel',
  ]);
  expect((await ask(`/calls/${'0'.repeat(32)}`)).status).toBe(404);
  rig.bridge.health.drain();
  expect((await ask('/calls', { to: TO, agent: 'bank' })).status).toBe(503);
});
