import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { parseRtp, type RtpPacket } from '@patchbay/common/rtp-packet';
import { AGREEMENT, OUR_KEY, PHONE, rtpFromPhone, rtpScene } from '../testing/rtp-scene.ts';
import { parseRtcp } from './rtcp.ts';
import { SrtpContext, type SrtpSuite } from './srtp.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const SUITE: SrtpSuite = 'AES_CM_128_HMAC_SHA1_80';
const THEIR_KEY = Buffer.alloc(30, 2);
const srtp = { tag: 1, suite: SUITE, remoteKey: THEIR_KEY };

it('a protected call is heard and spoken only under its keys, RTCP too', async () => {
  const { session, pair, heard, discarded } = rtpScene({ agreement: { srtp } });
  const phoneOut = new SrtpContext(SUITE, THEIR_KEY);
  const phoneIn = new SrtpContext(SUITE, OUR_KEY);
  session.open();
  session.startSending();
  pair.listener?.(rtpFromPhone({ sequence: 1 }), PHONE);
  expect([discarded, heard.length]).toEqual([['srtp'], 0]);
  for (let n = 0; n < 500; n++) {
    const packet = rtpFromPhone({ sequence: n, timestamp: n * 160 });
    pair.listener?.(phoneOut.protect(packet), PHONE);
    await vi.advanceTimersByTimeAsync(20);
  }
  expect(heard.filter((frame) => (frame[0] ?? 0) > 4_000)).toHaveLength(500);
  const opened = pair.sent.map(({ data }) => phoneIn.open(Buffer.from(data)));
  expect(opened.every((data) => data && (parseRtp(data) as RtpPacket).payload.length === 160)).toBe(
    true,
  );
  const report = pair.sentRtcp[0]?.data;
  expect(report && parseRtcp(phoneIn.openRtcp(Buffer.from(report))!)?.blocks).toHaveLength(1);
  session.close();
});

it('a refreshed call goes on under the same keys, and another key is taken over', async () => {
  const { session, pair, discarded } = rtpScene({ agreement: { srtp } });
  const phoneOut = new SrtpContext(SUITE, THEIR_KEY);
  session.open();
  session.startSending();
  pair.listener?.(phoneOut.protect(rtpFromPhone({ sequence: 65_535 })), PHONE);
  session.update({ ...AGREEMENT, srtp: { ...srtp, remoteKey: Buffer.from(THEIR_KEY) } });
  pair.listener?.(phoneOut.protect(rtpFromPhone({ sequence: 0, timestamp: 160 })), PHONE);
  expect([discarded, session.stats.in.packets]).toEqual([[], 2]);
  const newKey = Buffer.alloc(30, 3);
  session.update({ ...AGREEMENT, srtp: { ...srtp, remoteKey: newKey } });
  const renewed = new SrtpContext(SUITE, newKey);
  pair.listener?.(renewed.protect(rtpFromPhone({ sequence: 1, timestamp: 320 })), PHONE);
  expect([discarded, session.stats.in.packets]).toEqual([[], 3]);
  const phoneIn = new SrtpContext(SUITE, OUR_KEY);
  await vi.advanceTimersByTimeAsync(40);
  expect(pair.sent.every(({ data }) => phoneIn.open(Buffer.from(data)))).toBe(true);
  session.close();
});
