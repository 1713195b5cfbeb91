import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { PCMA, PCMU } from '@patchbay/common/g711';
import { silentLogger } from '@patchbay/common/logger';
import { END_TOPIC, TURN_TOPIC } from '@patchbay/common/room-contract';
import { tone } from '../sandbox/audio/tone.ts';
import { runSipp } from '../sandbox/sip/sipp.ts';
import { startLiveKit, type LiveKit } from '../sandbox/stack/livekit-server.ts';
import { Telephone } from '../sandbox/telephone/telephone.ts';
import { BridgeRig } from './testing/bridge-rig.ts';
import { purest } from './testing/purest.ts';
import { AGENT_RATE_HZ } from './testing/tone-agent.ts';

const BANK = '+12025550101';
const CALLER = '+12025550187';
const WHOLE_CALL = join(import.meta.dirname, 'testdata/whole-call.xml');
const CANCEL = join(import.meta.dirname, '../sandbox/sip-edge/testdata/caller-cancels.xml');
const TRANSPORTS = ['udp', 'tcp'] as const;

let livekit: LiveKit;
let rig: BridgeRig;
let phone: Telephone;
beforeAll(async () => {
  livekit = await startLiveKit();
  rig = await BridgeRig.start({ livekit });
});
afterAll(async () => {
  await rig.close();
  await livekit.close();
});
beforeEach(async () => {
  rig.agentMode = 'hum';
  rig.records.length = 0;
  phone = await Telephone.open({ transport: 'udp', log: silentLogger() });
});
afterEach(async () => {
  await phone.close();
  await rig.expectNothingLeft();
});

function dial(options: Partial<Parameters<Telephone['call']>[0]> = {}) {
  return phone.call({ to: BANK, from: CALLER, server: rig.sip, ...options });
}

describe.each(TRANSPORTS)('a caller over %s', (transport) => {
  it('is answered, may press a key and re-invite, and hangs up', async () => {
    const call = runSipp({
      scenario: WHOLE_CALL,
      remote: rig.sip,
      service: BANK,
      transport,
      pauseMs: 300,
    });
    const agent = await rig.agent();
    await vi.waitFor(() => expect(agent.dtmf).toEqual(['5']), { timeout: 10_000 });
    const { ok, errors } = await call;
    expect(ok, errors).toBe(true);
    const [record] = await rig.recorded(1);
    expect(record).toMatchObject({
      result: 'caller-hangup',
      agent: 'bank',
      sip: { status: 200, transport, trunk: 'local', codec: 'PCMA' },
    });
  });

  it('who gives up while it rings is let go', async () => {
    rig.agentMode = 'stay-away';
    const { ok, errors } = await runSipp({
      scenario: CANCEL,
      remote: rig.sip,
      service: BANK,
      transport,
    });
    expect(ok, errors).toBe(true);
    const [record] = await rig.recorded(1);
    expect(record).toMatchObject({ result: 'caller-cancel', sip: { status: 487 } });
  });
});

describe('a conversation', () => {
  it.each([
    ['PCMA', PCMA],
    ['PCMU', PCMU],
  ] as const)('over %s carries both voices as they are', async (name, payloadType) => {
    const call = dial({ payloadTypes: [payloadType] });
    await call.answered;
    const agent = await rig.agent();
    const talking = call.play(
      tone({ frequencyHz: 1_000, durationMs: 10_000, sampleRateHz: 8_000 }),
    );
    talking.catch(() => undefined);
    await vi.waitFor(
      () => {
        expect(purest(agent.heard(1_000), 1_000, AGENT_RATE_HZ)).toBeGreaterThan(0.98);
        expect(purest(call.recording().heard.slice(-8_000), 440, 8_000)).toBeGreaterThan(0.98);
      },
      { timeout: 8_000, interval: 200 },
    );
    await call.hangup();
    const [record] = await rig.recorded(1);
    expect(record?.sip?.codec).toBe(name);
    expect(record?.media?.in.packets).toBeGreaterThan(0);
    expect(record?.media?.out.packets).toBeGreaterThan(0);
    expect(record?.media?.bridgeInMs).toBeGreaterThanOrEqual(0);
    expect(record?.media?.bridgeOutMs).toBeGreaterThan(0);
  });

  it('passes on keys sent as telephone events', async () => {
    const call = dial();
    await call.answered;
    await call.sendDtmf('42#');
    const agent = await rig.agent();
    await vi.waitFor(() => expect(agent.dtmf).toEqual(['4', '2', '#']), { timeout: 5_000 });
    await call.hangup();
    await rig.recorded(1);
  });

  it('ends when the agent ends the room, with what the agent reported', async () => {
    const call = dial();
    await call.answered;
    const agent = await rig.agent();
    const turn = { turn: 1, atMs: 1, stagesMs: { llm: 5 }, tools: [], interrupted: false };
    await agent.send(TURN_TOPIC, turn);
    await agent.send(END_TOPIC, { cause: 'agent-hangup' });
    await delay(200);
    await rig.deleteRooms();
    expect(await call.ended).toMatchObject({ by: 'peer' });
    const [record] = await rig.recorded(1);
    expect(record).toMatchObject({ result: 'agent-hangup', turns: [turn] });
  });

  it('is held three times at once, and three times one after the other', async () => {
    const calls = Array.from({ length: 3 }, () => dial());
    await Promise.all(calls.map((call) => call.answered));
    await Promise.all(calls.map((call) => call.waitForSpeechStart()));
    await Promise.all(calls.map((call) => call.hangup()));
    await rig.recorded(3);
    for (let i = 0; i < 3; i++) {
      const call = dial();
      await call.answered;
      await call.hangup();
    }
    await rig.recorded(6);
    const results = new Set(rig.records.map(({ result }) => result));
    expect([...results]).toEqual(['caller-hangup']);
  });
});

describe('a call that can not be taken', () => {
  it.each([
    ['to an unknown number', 404, { to: '+19998887777' }],
    [
      'without a common codec',
      488,
      { editOffer: (sdp: string) => sdp.replace(/RTP\/AVP [\d ]+/, 'RTP/AVP 18') },
    ],
    ['with a broken offer', 400, { editOffer: () => 'v=0\r\nthis is not SDP\r\n' }],
  ])('%s is refused with %d', async (_what, status, options) => {
    const call = dial(options);
    await expect(call.answered).rejects.toMatchObject({ status });
    expect(call.times.ringing).toBeUndefined();
    await rig.recorded(1);
  });
});

it('a caller who gives up at any moment of the set-up leaves nothing behind', async () => {
  const calls = [];
  for (let waitMs = 0; waitMs <= 380; waitMs += 20) {
    const call = dial();
    call.answered.catch(() => undefined);
    calls.push(delay(waitMs).then(() => call.cancel()));
    await delay(30);
  }
  await Promise.all(calls);
  await rig.recorded(20);
  for (const { result } of rig.records) {
    expect(['caller-cancel', 'caller-hangup']).toContain(result);
  }
});
