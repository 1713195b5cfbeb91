import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { runSipp, startSipp } from '../sandbox/sip/sipp.ts';
import { startLiveKit, type LiveKit } from '../sandbox/stack/livekit-server.ts';
import { parseDigest } from './sip/digest.ts';
import { BridgeRig, type RigOptions } from './testing/bridge-rig.ts';
import { EXOTEL_OFFER } from './testing/fake-leg.ts';
import { RawSip } from './testing/raw-sip.ts';

const BANK = '+12025550101';
const TESTDATA = join(import.meta.dirname, 'testdata');
const WAIT = { timeout: 10_000, interval: 20 };

let livekit: LiveKit;
let rig: BridgeRig;
const closers: (() => Promise<unknown>)[] = [];
beforeAll(async () => {
  livekit = await startLiveKit();
});
afterAll(() => livekit.close());
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  await rig.closeEmpty();
});

async function start(options: Partial<RigOptions> = {}): Promise<void> {
  rig = await BridgeRig.start({ livekit, ...options });
}

async function raw(host?: string): Promise<RawSip> {
  const peer = await RawSip.open(rig.sip, host);
  closers.push(() => peer.close());
  return peer;
}

function trunks(...list: object[]): { env: Record<string, string> } {
  return { env: { BRIDGE_TRUNKS: JSON.stringify(list) } };
}

async function turnedAway(reason: string): Promise<number | undefined> {
  return (await rig.metrics()).get(`requests_turned_away_total{reason="${reason}"}`);
}

describe('a call of Exotel, word for word as its sample INVITE', () => {
  it('is answered with its codec and events, and ended by the way of its route', async () => {
    const numbers = { '+918012345678': 'bank' };
    await start(
      trunks({ name: 'exotel', numbers, sources: ['127.0.0.1/32'], transports: ['tcp'] }),
    );
    const call = await startSipp({
      scenario: join(TESTDATA, 'exotel.xml'),
      remote: rig.sip,
      service: '+918012345678',
      transport: 'tcp',
    });
    const agent = await rig.agent();
    const caller = 'sip_+919876543210';
    await vi.waitFor(() => {
      expect(agent.attributesOf(caller)).toMatchObject({
        'sip.callStatus': 'active',
        'sip.ruleID': 'SDR_exotel',
        'sip.trunkID': 'ST_exotel',
        'sip.phoneNumber': '+919876543210',
        'sip.trunkPhoneNumber': '+918012345678',
        'sip.exotel.callSid': '1a2b3c4d5e6f',
        'sip.exotel.legSid': 'leg-77',
        'sip.exotel.trunkSid': 'trmum1abc',
        'sip.h.x-exotel-callsid': '1a2b3c4d5e6f',
        'sip.h.p-asserted-identity': '<sip:+919876543210@127.0.0.1>',
      });
    }, WAIT);
    const answer = JSON.parse(await agent.callRpc(caller, 'lk.sip.GetRemoteHeaders', '')) as object;
    expect(answer).toMatchObject({ headers: { 'x-exotel-trunksid': 'trmum1abc' } });
    await rig.deleteRooms();
    const { ok, errors } = await call.done;
    expect(ok, errors).toBe(true);
    expect((await rig.recorded(1))[0]).toMatchObject({
      result: 'agent-hangup',
      sip: { transport: 'tcp', trunk: 'exotel', codec: 'PCMA' },
    });
  });
});

describe.each(['udp', 'tcp'] as const)('over %s', (transport) => {
  it('offers of every kind are answered: late, hold and resume, codec change, UPDATE', async () => {
    await start();
    const scenario = join(TESTDATA, 'offers.xml');
    const { ok, errors } = await runSipp({ scenario, remote: rig.sip, service: BANK, transport });
    expect(ok, errors).toBe(true);
    expect((await rig.recorded(1))[0]).toMatchObject({
      result: 'caller-hangup',
      sip: { codec: 'PCMU' },
    });
  });

  it('an agent transfers its caller', async () => {
    await start();
    const scenario = join(TESTDATA, 'transferred.xml');
    const call = runSipp({ scenario, remote: rig.sip, service: BANK, transport });
    const result = await transfer();
    expect(JSON.parse(result)).toEqual({ status: 200, reason: 'OK' });
    const { ok, errors } = await call;
    expect(ok, errors).toBe(true);
    expect((await rig.recorded(1))[0]?.result).toBe('transferred');
  });
});

it('an agent hears that the target of its transfer is busy, and the call goes on', async () => {
  await start();
  const scenario = join(TESTDATA, 'transfer-fails.xml');
  const call = runSipp({ scenario, remote: rig.sip, service: BANK });
  await expect(transfer()).rejects.toMatchObject({ message: '486 Busy Here' });
  const { ok, errors } = await call;
  expect(ok, errors).toBe(true);
  expect((await rig.recorded(1))[0]?.result).toBe('caller-hangup');
});

/** Ask for a transfer as soon as the call is up. */
async function transfer(): Promise<string> {
  const agent = await rig.agent();
  const caller = 'sip_+12025550187';
  await vi.waitFor(
    () => expect(agent.attributesOf(caller)).toMatchObject({ 'sip.callStatus': 'active' }),
    WAIT,
  );
  const payload = JSON.stringify({ transferTo: 'tel:+12025550111' });
  return await agent.callRpc(caller, 'patchbay.sip.TransferCall', payload);
}

describe('at the door', () => {
  it('a scanner hears nothing final, whatever it asks, and nothing of it is kept', async () => {
    await start();
    const peer = await raw();
    const scanner = ['User-Agent: friendly-scanner'];
    expect(
      await peer.ask(peer.request('INVITE', BANK, scanner, EXOTEL_OFFER), 500),
    ).toBeUndefined();
    expect(await peer.ask(peer.request('OPTIONS', BANK, scanner), 500)).toBeUndefined();
    expect(await turnedAway('scanner')).toBe(2);
    expect(rig.records).toEqual([]);
  });

  it('who comes from no trunk hears nothing, or 403 where that is wanted', async () => {
    const trunk = { name: 'local', numbers: { [BANK]: 'bank' }, sources: ['127.0.0.2', '::1'] };
    await start(trunks(trunk));
    const stranger = await raw('127.0.0.3');
    expect(await stranger.ask(stranger.request('INVITE', BANK), 500)).toBeUndefined();
    expect(await stranger.ask(stranger.request('OPTIONS', BANK), 500)).toBeUndefined();
    const carrier = await raw('127.0.0.2');
    expect((await carrier.ask(carrier.request('OPTIONS', BANK)))?.status).toBe(200);
    expect((await carrier.ask(carrier.request('INVITE', '+1999', [], EXOTEL_OFFER)))?.status).toBe(
      404,
    );
    expect(await turnedAway('unknown-source')).toBe(2);
    await rig.close();
    await start({
      env: { BRIDGE_TRUNKS: JSON.stringify([trunk]), BRIDGE_UNKNOWN_SOURCE: 'refuse' },
    });
    const another = await raw('127.0.0.3');
    expect((await another.ask(another.request('INVITE', BANK)))?.status).toBe(403);
  });

  it('a flood from one address gets 503 with Retry-After, and leaves no calls', async () => {
    await start({ env: { BRIDGE_SOURCE_CALLS_PER_SECOND: '3' } });
    const peer = await raw();
    const statuses: (number | undefined)[] = [];
    let last: { text: string } | undefined;
    for (let i = 0; i < 8; i++) {
      const answer = await peer.ask(peer.request('INVITE', '+1999', [], EXOTEL_OFFER));
      statuses.push(answer?.status);
      last = answer;
    }
    expect(statuses.slice(0, 3)).toEqual([404, 404, 404]);
    expect(statuses).toContain(503);
    expect(last?.text).toContain('Retry-After: 1');
  });

  it('a trunk with digest users asks, and takes the right answer only', async () => {
    await start({
      env: {
        BRIDGE_TRUNKS: JSON.stringify([
          { name: 'pbx', numbers: { [BANK]: 'bank' }, users: ['pbx'] },
        ]),
        BRIDGE_TRUNK_PASSWORDS: '{"pbx":{"pbx":"secret"}}',
      },
    });
    const peer = await raw();
    const tryWith = async (password: string) => {
      const asked = await peer.ask(peer.request('INVITE', BANK, [], EXOTEL_OFFER));
      expect(asked?.status).toBe(401);
      const challenge = /^WWW-Authenticate: (.*)$/im.exec(asked?.text ?? '')?.[1] ?? '';
      const { realm, nonce } = parseDigest(challenge)!;
      const md5 = (text: string) => createHash('md5').update(text).digest('hex');
      const ha1 = md5(`pbx:${realm}:${password}`);
      const response = md5(`${ha1}:${nonce}:${md5('INVITE:sip:x')}`);
      const line =
        `Authorization: Digest username="pbx", realm="${realm}", nonce="${nonce}", ` +
        `uri="sip:x", response="${response}"`;
      // Nothing in common: the call is let in, and refused for that.
      return await peer.ask(
        peer.request('INVITE', BANK, [line], EXOTEL_OFFER.replace('8 0 96', '18')),
      );
    };
    expect((await tryWith('guess'))?.status).toBe(403);
    expect((await tryWith('secret'))?.status).toBe(488);
    expect(await turnedAway('no-credentials')).toBe(2);
    expect(await turnedAway('bad-credentials')).toBe(1);
  });

  it('an INVITE that requires what we do not know is told so, and asked for a longer session', async () => {
    await start();
    const peer = await raw();
    const odd = await peer.ask(
      peer.request('INVITE', BANK, ['Require: 100rel, moon'], EXOTEL_OFFER),
    );
    expect(odd?.status).toBe(420);
    expect(odd?.text).toContain('Unsupported: 100rel, moon');
    expect(rig.records).toEqual([]);
    expect(await turnedAway('extension')).toBe(1);
    const hasty = ['Supported: timer', 'Session-Expires: 30'];
    const short = await peer.ask(peer.request('INVITE', BANK, hasty, EXOTEL_OFFER));
    expect(short?.status).toBe(422);
    expect(short?.text).toContain('Min-SE: 90');
  });

  it('an INVITE that only offers reliable ringing, or requires a session timer, is let in', async () => {
    await start();
    const peer = await raw();
    // Nothing in common: the call is let in, and refused for that.
    const g729 = EXOTEL_OFFER.replace('8 0 96', '18');
    for (const terms of [
      ['Supported: 100rel, timer'],
      ['Require: timer', 'Supported: 100rel, timer', 'Session-Expires: 1800'],
    ]) {
      expect((await peer.ask(peer.request('INVITE', BANK, terms, g729)))?.status).toBe(488);
    }
    const twice = ['Require: timer', 'Require: 100rel'];
    const odd = await peer.ask(peer.request('INVITE', BANK, twice, g729));
    expect(odd?.status).toBe(420);
    expect(odd?.text).toMatch(/^Unsupported: 100rel\r$/m);
    expect(await rig.recorded(2)).toHaveLength(2);
  });

  it('OPTIONS gets 200, and 503 with Retry-After when the trunk or the bridge is full', async () => {
    await start({
      env: {
        BRIDGE_TRUNKS: JSON.stringify([
          { name: 'local', numbers: { [BANK]: 'bank' }, limits: { calls: 1 } },
          { name: 'other', numbers: { '1000': 'bank' } },
        ]),
        BRIDGE_MAX_CALLS: '2',
      },
    });
    rig.agentMode = 'stay-away';
    const peer = await raw();
    const options = async () => await peer.ask(peer.request('OPTIONS', BANK));
    expect((await options())?.status).toBe(200);
    const first = peer.request('INVITE', BANK, [], EXOTEL_OFFER);
    peer.send(first);
    await vi.waitFor(() => expect(peer.answers.join()).toContain('SIP/2.0 180'), WAIT);
    const refused = await peer.ask(peer.request('INVITE', BANK, [], EXOTEL_OFFER));
    expect(refused?.status).toBe(503);
    expect(refused?.text).toContain('Retry-After: 5');
    expect((await options())?.status).toBe(200);
    const second = peer.request('INVITE', '1000', [], EXOTEL_OFFER);
    peer.send(second);
    await vi.waitFor(async () => expect((await options())?.status).toBe(503), WAIT);
    expect((await peer.ask(peer.request('OPTIONS', BANK)))?.text).toContain('Retry-After: 5');
    for (const invite of [first, second]) peer.send(cancelOf(invite));
    const records = await rig.recorded(3);
    expect(records.map(({ result }) => result).sort()).toEqual([
      'caller-cancel',
      'caller-cancel',
      'rejected-limit',
    ]);
  });
});

function cancelOf(invite: string): string {
  const head = (invite.split('\r\n\r\n')[0] ?? '').replace(/^INVITE /, 'CANCEL ');
  return `${head.replace(/^CSeq: 1 INVITE/m, 'CSeq: 1 CANCEL').replace(/^Content-Length: .*$/m, 'Content-Length: 0')}\r\n\r\n`;
}
