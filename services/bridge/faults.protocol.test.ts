import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { silentLogger } from '@patchbay/common/logger';
import { tone } from '../sandbox/audio/tone.ts';
import { runSipp } from '../sandbox/sip/sipp.ts';
import { startLiveKit, type LiveKit } from '../sandbox/stack/livekit-server.ts';
import { Telephone } from '../sandbox/telephone/telephone.ts';
import { BridgeRig, type RigOptions } from './testing/bridge-rig.ts';
import { lowPort } from './testing/low-port.ts';

const BANK = '+12025550101';
const CALLER = '+12025550187';
const EDGE_TESTDATA = join(import.meta.dirname, '../sandbox/sip-edge/testdata');
const WAIT = { timeout: 20_000, interval: 20 };

let livekit: LiveKit;
let rig: BridgeRig;
let phone: Telephone;
beforeAll(async () => {
  livekit = await startLiveKit();
});
afterAll(() => livekit.close());
afterEach(async () => {
  await phone.close();
  await rig.close();
});

async function start(options: Partial<RigOptions> = {}): Promise<void> {
  phone = await Telephone.open({ transport: 'tcp', log: silentLogger() });
  rig = await BridgeRig.start({ livekit, ...options });
}

function dial(options: Partial<Parameters<Telephone['call']>[0]> = {}) {
  return phone.call({ to: BANK, from: CALLER, server: rig.sip, ...options });
}

async function optionsAnswered200(): Promise<boolean> {
  const scenario = join(EDGE_TESTDATA, 'options-gets-200.xml');
  return (await runSipp({ scenario, remote: rig.sip, service: BANK })).ok;
}

function logged(message: string): boolean {
  return rig.lines.some(({ msg }) => String(msg).includes(message));
}

describe('a bridge', () => {
  it('without a free port refuses with 503, and takes calls again after the rest', async () => {
    const port = await lowPort();
    await start({
      env: { BRIDGE_RTP_PORT_MIN: String(port), BRIDGE_RTP_PORT_MAX: String(port + 1) },
    });
    const first = dial();
    await first.answered;
    const second = dial();
    await expect(second.answered).rejects.toMatchObject({ status: 503 });
    await first.hangup();
    await rig.expectNothingLeft();
    const third = dial();
    await third.answered;
    await third.hangup();
    const records = await rig.recorded(3);
    expect(records.map(({ result }) => result)).toEqual([
      'rejected-no-port',
      'caller-hangup',
      'caller-hangup',
    ]);
  });

  it('ends the call of a phone that sends no audio', async () => {
    await start({ env: { BRIDGE_MEDIA_START_TIMEOUT_MS: '500' } });
    const call = dial({ sendRtp: false });
    await call.answered;
    expect(await call.ended).toMatchObject({ by: 'peer' });
    expect((await rig.recorded(1))[0]?.result).toBe('media-timeout');
    await rig.expectNothingLeft();
  });

  it('ends a call whose phone is gone without a word', async () => {
    await start({ env: { BRIDGE_MEDIA_TIMEOUT_MS: '500' } });
    const call = dial();
    await call.answered;
    await call.play(tone({ frequencyHz: 500, durationMs: 200, sampleRateHz: 8_000 }));
    await call.vanish();
    expect((await rig.recorded(1))[0]?.result).toBe('media-timeout');
  });

  it('ends a call whose answer is never acknowledged', async () => {
    await start({ timers: { t1Ms: 40, t2Ms: 200, t4Ms: 200 } });
    const scenario = join(EDGE_TESTDATA, 'caller-never-acknowledges.xml');
    const { ok, errors } = await runSipp({ scenario, remote: rig.sip, service: BANK });
    expect(ok, errors).toBe(true);
    expect((await rig.recorded(1))[0]?.result).toBe('ack-timeout');
    await rig.expectNothingLeft();
  });

  it('lets a caller go with 480 when the agent does not come', async () => {
    await start({ env: { BRIDGE_AGENT_WAIT_MS: '2500' } });
    rig.agentMode = 'stay-away';
    const call = dial();
    await expect(call.answered).rejects.toMatchObject({ status: 480 });
    expect((await rig.recorded(1))[0]?.result).toBe('agent-unavailable');
    await rig.expectNothingLeft();
  });

  it('ends a call that lasts too long', async () => {
    await start({ env: { BRIDGE_MAX_CALL_MS: '500' } });
    const call = dial();
    await call.answered;
    expect(await call.ended).toMatchObject({ by: 'peer' });
    expect((await rig.recorded(1))[0]?.result).toBe('max-duration');
  });

  it('that shuts down takes no new calls and lets the others end', async () => {
    await start();
    const call = dial();
    await call.answered;
    expect(await optionsAnswered200()).toBe(true);
    const closed = rig.bridge.close();
    expect(await optionsAnswered200()).toBe(false);
    await expect(dial().answered).rejects.toMatchObject({ status: 503 });
    const ready = await fetch(`http://127.0.0.1:${rig.bridge.opsPort}/readyz`);
    expect(ready.status).toBe(503);
    expect((await rig.metrics()).get('draining')).toBe(1);
    await call.hangup();
    await closed;
    const results = rig.records.map(({ result }) => result);
    expect(results).toEqual(['rejected-draining', 'caller-hangup']);
  });

  it('that shuts down ends the calls that outlast the limit', async () => {
    await start({ env: { BRIDGE_DRAIN_LIMIT_MS: '300' } });
    const call = dial();
    await call.answered;
    await rig.bridge.close();
    expect(await call.ended).toMatchObject({ by: 'peer' });
    expect(rig.records.map(({ result }) => result)).toEqual(['drained']);
  });

  it('without LiveKit refuses calls, says why, and takes them when it comes', async () => {
    const port = await lowPort();
    const { apiKey, apiSecret } = livekit;
    const late = { url: `ws://127.0.0.1:${port}`, apiKey, apiSecret };
    await start({ livekit: late, unready: true });
    await vi.waitFor(() => expect(rig.bridge.health.missing()).toEqual(['livekit']), WAIT);
    await expect(dial().answered).rejects.toMatchObject({ status: 503 });
    expect((await rig.recorded(1))[0]?.result).toBe('rejected-not-ready');
    expect(logged('LiveKit can not be reached')).toBe(true);
    const server = await startLiveKit({ port, apiKey, apiSecret });
    try {
      await rig.ready();
      const call = dial();
      await call.answered;
      await call.hangup();
      await rig.recorded(2);
    } finally {
      await server.close();
    }
  });

  it('that loses LiveKit in a call ends the call', async () => {
    const own = await startLiveKit();
    await start({ livekit: own });
    const call = dial();
    await call.answered;
    await own.close();
    expect(await call.ended).toMatchObject({ by: 'peer' });
    const [record] = await rig.recorded(1);
    // LiveKit may have said goodbye for the agent before it went.
    expect(['room-failed', 'agent-hangup', 'agent-unavailable']).toContain(record?.result);
    const metrics = await rig.metrics();
    expect([metrics.get('calls_active'), metrics.get('rooms_open')]).toEqual([0, 0]);
  });

  it('connects to the SIP server again, and callers it was ringing for are let go', async () => {
    await start();
    rig.agentMode = 'stay-away';
    const call = dial();
    await call.ringing;
    await rig.restartEdge(async () => {
      await vi.waitFor(() => expect(rig.bridge.health.missing()).toEqual(['drachtio']), WAIT);
      expect((await rig.recorded(1))[0]?.result).toBe('internal-error');
      expect((await rig.metrics()).get('drachtio_connected')).toBe(0);
    });
    await expect(call.answered).rejects.toBeDefined();
    await rig.ready();
    rig.agentMode = 'hum';
    const next = dial();
    await next.answered;
    await next.hangup();
    await rig.recorded(2);
  });

  it('with a wrong secret says so, and which variable holds it', async () => {
    await start({ env: { DRACHTIO_SECRET: 'wrong' }, unready: true });
    await vi.waitFor(() => expect(logged('check DRACHTIO_SECRET')).toBe(true), WAIT);
    expect(rig.bridge.health.missing()).toContain('drachtio');
  });
});
