import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { silentLogger } from '@patchbay/common/logger';
import { startLiveKit, type LiveKit } from '../sandbox/stack/livekit-server.ts';
import { Telephone } from '../sandbox/telephone/telephone.ts';
import { BridgeRig } from './testing/bridge-rig.ts';
import { EXOTEL_OFFER } from './testing/fake-leg.ts';
import { RawSip } from './testing/raw-sip.ts';

const BANK = '+12025550101';

let livekit: LiveKit;
let rig: BridgeRig;
let peer: RawSip;
beforeAll(async () => {
  livekit = await startLiveKit();
  rig = await BridgeRig.start({ livekit, env: { BRIDGE_SOURCE_CALLS_PER_SECOND: '1000' } });
  peer = await RawSip.open(rig.sip);
});
afterAll(async () => {
  await peer.close();
  await rig.close();
  await livekit.close();
});
// Whatever came, nothing is left of it.
afterEach(() => rig.expectNothingLeft());

const sdp = (change: (lines: string[]) => string[]) =>
  change(EXOTEL_OFFER.split('\r\n')).join('\r\n');
const replace = (from: RegExp, to: string) => sdp((lines) => lines.map((l) => l.replace(from, to)));

it.each([
  ['no audio', replace(/^m=audio/, 'm=video'), 488],
  ['audio that is refused (port 0)', replace(/^m=audio \d+/, 'm=audio 0'), 488],
  ['IPv6 where there is none', replace(/^c=IN IP4 .*/, 'c=IN IP6 2001:db8::1'), 488],
  ['a port out of range', replace(/^m=audio \d+/, 'm=audio 99999'), 400],
  ['no c= line', sdp((lines) => lines.filter((line) => !line.startsWith('c='))), 400],
  ['a broken c= line', replace(/^c=.*/, 'c=IN'), 400],
  ['no o= line', sdp((lines) => lines.filter((line) => !line.startsWith('o='))), 400],
  ['more than any phone sends', `${EXOTEL_OFFER}a=x:${'y'.repeat(30_000)}\r\n`, 400],
  ['a thousand media lines', `${EXOTEL_OFFER}${'m=audio 4000 RTP/AVP 18\r\n'.repeat(700)}`, 400],
  ['nonsense', 'hello, is this SDP?', 400],
  ['bytes of no alphabet', `v=0\r\n${'\u0000\u0001\u00ff'.repeat(50)}`, 400],
])('an offer with %s is refused with its status, and counted', async (_what, offer, status) => {
  const before = rig.records.length;
  const answer = await peer.ask(peer.request('INVITE', BANK, [], offer));
  expect(answer?.status).toBe(status);
  await rig.recorded(before + 1);
  const result = status === 488 ? 'rejected-no-codec' : 'rejected-bad-request';
  expect(rig.records.at(-1)?.result).toBe(result);
  expect((await rig.metrics()).get(`calls_total{result="${result}"}`)).toBeGreaterThan(0);
  rig.records.length = 0;
});

describe('an INVITE in the manner of RFC 4475', () => {
  const invite = (headers: string[]) => peer.request('INVITE', BANK, headers, EXOTEL_OFFER);
  it.each<[string, () => string, (number | undefined)[]]>([
    ['a method that nobody knows', () => peer.request('NEWMETHOD', BANK), [501]],
    [
      'a scheme that nobody knows',
      () => invite([]).replace(/ sip:\S+ SIP/, ' nobody:x SIP'),
      [416],
    ],
    ['no Contact', () => invite(['Contact: ']), [400]],
    ['a Contact that is no URI', () => invite(['Contact: <<<>']), [400]],
    ['no From tag', () => invite(['From: <sip:a@127.0.0.1>']), [400]],
    ['a From that is no URI', () => invite(['From: "unfinished <sip:x;tag=1']), [400, undefined]],
    ['another method in CSeq', () => invite(['CSeq: 1 OPTIONS']), [400, undefined]],
    ['a CSeq beyond 2^31', () => invite(['CSeq: 36893488147419103232 INVITE']), [400, undefined]],
    ['a negative Content-Length', () => invite(['Content-Length: -999']), [400]],
    [
      'a Content-Length beyond the datagram',
      () => invite(['Content-Length: 9999']),
      [400, undefined],
    ],
    ['no Via that can be read', () => invite(['Via: SIP/2.0/UDP ;;,;']), [undefined]],
    [
      'a tag in To of a call that is not',
      () => invite([`To: <sip:${BANK}@127.0.0.1>;tag=x`]),
      [481],
    ],
    ['a required extension', () => invite(['Require: nothingSupportsThis']), [420]],
    [
      'another version',
      () => invite([]).replace('SIP/2.0\r\n', 'SIP/7.0\r\n'),
      [400, 505, undefined],
    ],
    ['a user of escapes and NUL', () => invite([]).replace(BANK, '%00%ff%41'), [404, 400]],
    ['a body that is no SDP', () => invite(['Content-Type: text/html']), [415]],
    ['a body of two kinds', () => invite(['Content-Type: multipart/mixed;boundary=b']), [415]],
  ])('with %s gets the right status or none', async (_what, message, allowed) => {
    const answer = await peer.ask(message(), 700);
    expect(allowed).toContain(answer?.status);
    rig.records.length = 0;
  });
});

it('two thousand mangled INVITEs leave nothing behind', async () => {
  let seed = 4_475;
  const random = (below: number) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return seed % below;
  };
  for (let i = 0; i < 2_000; i++) {
    // Most never get to ring: an unknown number ends what is still an INVITE.
    const data = Buffer.from(peer.request('INVITE', '+1999', [], EXOTEL_OFFER), 'latin1');
    for (let change = random(8); change >= 0; change--) {
      const at = random(data.length);
      data[at] = random(256);
    }
    peer.send(random(10) === 0 ? data.subarray(0, random(data.length)) : data);
    if (i % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  const alive = await peer.ask(peer.request('OPTIONS', BANK), 20_000);
  expect(alive?.status).toBe(200);
  rig.records.length = 0;
});

it('after all that the next caller is answered', async () => {
  const phone = await Telephone.open({ transport: 'udp', log: silentLogger() });
  const call = phone.call({ to: BANK, from: '+12025550187', server: rig.sip });
  await call.answered;
  await call.hangup();
  await phone.close();
});
