import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parseRtp, type RtpPacket } from '@patchbay/common/rtp-packet';
import { PHONE, rtpFromPhone, rtpScene } from '../testing/rtp-scene.ts';
import { BPL_CONCEALED, mosOf } from './quality.ts';
import { Reception } from './reception.ts';
import { buildRtcp, compactNtp, parseRtcp } from './rtcp.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

type Scene = ReturnType<typeof rtpScene>;

/** The phone talks for a while; of every ten packets one is lost if `lossy`. */
async function talk(scene: Scene, from: number, packets: number, lossy = false): Promise<void> {
  for (let n = from; n < from + packets; n++) {
    if (!lossy || n % 10 !== 5) scene.receive({ sequence: n & 0xffff, timestamp: n * 160 });
    await vi.advanceTimersByTimeAsync(20);
  }
}

function start(options?: Parameters<typeof rtpScene>[0]): Scene {
  const scene = rtpScene(options);
  scene.session.open();
  scene.session.startSending();
  return scene;
}

function ssrcOf(scene: Scene): number {
  return (parseRtp(scene.pair.sent[0]!.data) as RtpPacket).ssrc;
}

/** What a phone would report that has heard `reception`. */
function reportOf(scene: Scene, reception: Reception, lastSenderReport = 0, delay = 0): Buffer {
  return buildRtcp({
    ssrc: 7,
    sender: undefined,
    block: reception.report(lastSenderReport, delay),
    cname: 'phone',
    bye: false,
  });
}

describe('RTCP of a call', () => {
  it('reports about every 5 s what was sent and received, and says goodbye', async () => {
    const scene = start();
    await talk(scene, 0, 1_500, true);
    const { sentRtcp } = scene.pair;
    expect(sentRtcp.length).toBeGreaterThanOrEqual(3);
    expect(sentRtcp.length).toBeLessThanOrEqual(13);
    expect(new Set(sentRtcp.map(({ to }) => to))).toEqual(new Set(['198.51.100.7:5001']));
    const last = parseRtcp(sentRtcp.at(-1)!.data);
    expect(last?.senderReport).toBeDefined();
    expect(last?.blocks[0]?.ssrc).toBe(7);
    expect((last?.blocks[0]?.fractionLost ?? 0) / 256).toBeCloseTo(0.1, 1);
    scene.session.close();
    expect(parseRtcp(scene.pair.sentRtcp.at(-1)!.data)?.bye).toBe(true);
    expect(scene.pair.rtcpListener).toBeUndefined();
  });

  it('goes where the phone said, and back to where its own came from', async () => {
    const scene = start({ agreement: { rtcpPort: 4_777 } });
    await vi.advanceTimersByTimeAsync(8_000);
    expect(scene.pair.sentRtcp[0]?.to).toBe('192.0.2.1:4777');
    scene.receive({ sequence: 1 });
    scene.pair.rtcpListener?.(reportOf(scene, new Reception()), { ...PHONE, port: 40_003 });
    await vi.advanceTimersByTimeAsync(8_000);
    expect(scene.pair.sentRtcp.at(-1)?.to).toBe('198.51.100.7:40003');
    scene.session.close();
  });

  it('goes through the port of RTP if that was agreed', async () => {
    const scene = start({ agreement: { rtcpMux: true } });
    await talk(scene, 0, 500);
    expect(scene.pair.sentRtcp).toHaveLength(0);
    const reports = scene.pair.sent.filter(({ data }) => parseRtcp(data) !== undefined);
    expect(reports.length).toBeGreaterThan(0);
    expect(reports.at(-1)?.to).toBe('198.51.100.7:5000');
    scene.pair.listener?.(reportOf(scene, new Reception()), PHONE);
    expect(scene.discarded).toEqual([]);
    expect(scene.session.stats.in.packets).toBe(500);
    scene.session.close();
  });

  it('measures the way to the phone and back, and what it hears of us', async () => {
    const scene = start();
    await talk(scene, 0, 500);
    const reception = new Reception();
    for (const [n, { data }] of scene.pair.sent.entries()) {
      if (n % 50 !== 10) reception.add(parseRtp(data) as RtpPacket, n * 20, true);
    }
    const sentAt = performance.timeOrigin + performance.now();
    await vi.advanceTimersByTimeAsync(180);
    // They had our report 100 ms ago, and it took 40 ms each way.
    const delay = Math.round((100 * 65_536) / 1_000);
    scene.pair.rtcpListener?.(reportOf(scene, reception, compactNtp(sentAt), delay), {
      ...PHONE,
      port: 5_001,
    });
    expect(scene.session.stats.roundTripMs).toBeCloseTo(80, 0);
    expect(scene.session.stats.far).toMatchObject({ lost: 10 });
    scene.session.close();
    const { quality } = scene.session.stats;
    expect(quality.out?.mos).toBeGreaterThan(3);
    expect(quality.out?.mos).toBeLessThan(4.3);
  });

  it('from somebody else, or that is none, is counted and changes nothing', async () => {
    const scene = start();
    await talk(scene, 0, 10);
    const report = reportOf(scene, new Reception());
    scene.pair.rtcpListener?.(report, { ...PHONE, address: '203.0.113.9' });
    scene.pair.rtcpListener?.(Buffer.from('nonsense'), PHONE);
    expect(scene.discarded).toEqual(['stranger', 'rtcp-fault']);
    // A flood is not even looked at.
    for (let i = 0; i < 100; i++) scene.pair.rtcpListener?.(report, PHONE);
    expect(scene.discarded.filter((reason) => reason === 'rtcp-fault').length).toBeGreaterThan(70);
    scene.session.close();
  });
});

describe('the rating of a call', () => {
  it('follows the loss of each stretch, and keeps the mean and the worst', async () => {
    const scene = start();
    await talk(scene, 0, 500);
    await talk(scene, 500, 500, true);
    scene.session.close();
    const clean = mosOf({ lossRatio: 0, oneWayDelayMs: 20, bpl: BPL_CONCEALED });
    const lossy = mosOf({ lossRatio: 0.1, oneWayDelayMs: 20, bpl: BPL_CONCEALED });
    const { quality, in: received } = scene.session.stats;
    expect(scene.stretches[0]?.mos).toBeCloseTo(clean, 2);
    expect(quality.in?.worstMos).toBeCloseTo(lossy, 1);
    expect(quality.in?.mos).toBeCloseTo((clean + lossy) / 2, 1);
    expect(quality.out).toBeUndefined();
    const lost = scene.stretches.reduce((sum, stretch) => sum + stretch.lost, 0);
    expect([lost, received.lost, received.concealedMs]).toEqual([50, 50, 1_000]);
    expect(ssrcOf(scene)).toBeGreaterThanOrEqual(0);
  });

  it('notices an agent who hears nothing, once, and not while the call is held', async () => {
    const scene = start();
    await vi.advanceTimersByTimeAsync(9_000);
    expect(scene.oneWay).toEqual([]);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(scene.oneWay).toEqual(['in']);
    expect(scene.session.stats.oneWay).toEqual(['in']);
    scene.session.close();

    const held = start({ agreement: { direction: 'sendonly' } });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(held.oneWay).toEqual([]);
    held.session.close();
  });

  it('notices a caller who hears nothing by what their phone reports', async () => {
    const scene = start();
    const deaf = new Reception();
    for (let n = 0; n < 1_000; n++) {
      scene.pair.listener?.(rtpFromPhone({ sequence: n, timestamp: n * 160 }), PHONE);
      if (n % 250 === 249) scene.pair.rtcpListener?.(reportOf(scene, deaf), PHONE);
      await vi.advanceTimersByTimeAsync(20);
    }
    expect(scene.oneWay).toEqual(['out']);
    scene.session.close();
  });
});
