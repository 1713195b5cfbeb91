import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Reception, type ReportBlock } from './reception.ts';
import { buildRtcp, compactNtp, parseRtcp } from './rtcp.ts';
import { RtcpSession } from './rtcp-session.ts';

const BLOCK: ReportBlock = {
  ssrc: 0xfedcba98,
  fractionLost: 64,
  cumulativeLost: -3,
  highestSequence: 0x2ffff,
  jitter: 80,
  lastSenderReport: 0xb705_2000,
  delaySinceLast: 0x5_4000,
};
const SENDER = { unixMs: 1_700_000_000_250, timestamp: 4e9, packets: 250, octets: 40_000 };

function packet(sequence: number, timestamp = sequence * 160, ssrc = 5) {
  const payload = new Uint8Array(160);
  return {
    payloadType: 0,
    marker: false,
    sequence: sequence & 0xffff,
    timestamp: timestamp >>> 0,
    ssrc,
    payload,
  };
}

describe('a compound packet', () => {
  it('has a report, the CNAME and a goodbye, and is read again', () => {
    const data = buildRtcp({ ssrc: 1, sender: SENDER, block: BLOCK, cname: 'abc', bye: true });
    expect(data.length % 4).toBe(0);
    expect([data[1], data[53], data[69]]).toEqual([200, 202, 203]);
    expect(data.subarray(60, 65).toString('latin1')).toBe('\x01\x03abc');
    expect(parseRtcp(data)).toEqual({
      senderReport: compactNtp(SENDER.unixMs),
      blocks: [BLOCK],
      bye: true,
    });
  });

  it('is a receiver report while nothing is sent', () => {
    const data = buildRtcp({
      ssrc: 1,
      sender: undefined,
      block: undefined,
      cname: 'x',
      bye: false,
    });
    expect(data[1]).toBe(201);
    expect(parseRtcp(data)).toEqual({ senderReport: undefined, blocks: [], bye: false });
  });

  it.each([1, 2, 3, 4, 5, 16, 255])('is whole with a CNAME of %i characters', (length) => {
    const cname = 'n'.repeat(length);
    const data = buildRtcp({ ssrc: 1, sender: undefined, block: BLOCK, cname, bye: true });
    expect(data.length % 4).toBe(0);
    expect(parseRtcp(data)?.bye).toBe(true);
  });

  it('from a stranger neither throws nor is half read, whatever it says', () => {
    const good = buildRtcp({ ssrc: 1, sender: SENDER, block: BLOCK, cname: 'abc', bye: true });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 6 }),
        fc.nat(good.length),
        (changes, length) => {
          const bad = Uint8Array.from(good.subarray(0, length));
          for (const [at, value] of changes) if (at < length) bad[at] = value;
          const reading = parseRtcp(bad);
          expect(reading === undefined || reading.blocks.length <= 31).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (data) => {
        parseRtcp(data);
      }),
    );
  });
});

describe('reports on what arrived', () => {
  it('count loss over the wrap, in all and since the last one', () => {
    const reception = new Reception();
    for (let n = 65_500; n < 65_600; n++) {
      if (n % 4 !== 0) reception.add(packet(n), n * 20, true);
    }
    const first = reception.report(7, 8);
    expect(first).toMatchObject({
      ssrc: 5,
      cumulativeLost: 24,
      highestSequence: 65_599,
      lastSenderReport: 7,
      delaySinceLast: 8,
    });
    expect((first?.fractionLost ?? 0) / 256).toBeCloseTo(0.25, 1);
    for (let n = 65_600; n < 65_650; n++) reception.add(packet(n), n * 20, true);
    expect(reception.report(0, 0)).toMatchObject({ cumulativeLost: 24, fractionLost: 0 });
  });

  it('measure jitter as RFC 3550 does, and count what came out of order', () => {
    const reception = new Reception();
    for (let n = 0; n < 500; n++) reception.add(packet(n), n * 20 + (n % 2) * 10, true);
    expect(reception.jitterMs).toBeCloseTo(10, 0);
    reception.add(packet(490), 10_000, true);
    expect(reception.reordered).toBe(1);
  });

  it('begin anew with another stream', () => {
    const reception = new Reception();
    expect(reception.report(0, 0)).toBeUndefined();
    reception.add(packet(1), 0, true);
    reception.add(packet(900, 5, 6), 20, true);
    expect(reception.report(0, 0)).toMatchObject({ ssrc: 6, cumulativeLost: 0 });
    expect(reception.jitterMs).toBe(0);
  });
});

/** Two ends of one call with 40 ms there and 25 ms back, on a made-up clock. */
function twoEnds() {
  const events: { atMs: number; run: () => void }[] = [];
  let nowMs = 0;
  const make = (ssrc: number, delayMs: number, to: () => RtcpSession, skewMs: number) => {
    const reception = new Reception();
    const session = new RtcpSession({
      ssrc,
      reception,
      sender: (now) => ({ unixMs: 1e12 + skewMs + now, timestamp: 0, packets: 9, octets: 9 }),
      send: (data) => {
        const atMs = nowMs + delayMs;
        events.push({ atMs, run: () => void to().receive(data, atMs) });
      },
      unixMs: (now) => 1e12 + skewMs + now,
      random: () => 0.5,
    });
    return { reception, session };
  };
  const a = make(11, 40, () => b.session, 0);
  // Their clock may be years away: only differences count.
  const b = make(22, 25, () => a.session, 9e10);
  const run = (untilMs: number) => {
    for (; nowMs < untilMs; nowMs += 5) {
      a.session.tick(nowMs);
      b.session.tick(nowMs + 1);
      for (const event of events.splice(0)) {
        if (event.atMs <= nowMs) event.run();
        else events.push(event);
      }
    }
  };
  return { a, b, run };
}

describe('two ends that report to each other', () => {
  it('know the round-trip time and what the other one hears', () => {
    const { a, b, run } = twoEnds();
    for (let n = 0; n < 400; n++) {
      if (n % 10 !== 0) b.reception.add(packet(n, n * 160, 11), n * 20, true);
      a.reception.add(packet(n, n * 160, 22), n * 20, true);
    }
    run(30_000);
    expect(a.session.roundTripMs).toBeGreaterThan(60);
    expect(a.session.roundTripMs).toBeLessThan(75);
    expect(b.session.roundTripMs).toBeCloseTo(a.session.roundTripMs ?? 0, -1);
    expect(a.session.far).toMatchObject({ lost: 39, highestSequence: 399 });
    expect(b.session.far).toMatchObject({ lost: 0 });
    expect(a.session.reports).toBeGreaterThanOrEqual(4);
    expect(a.session.reports).toBeLessThanOrEqual(8);
  });

  it('say goodbye only after they have said anything', () => {
    const sent: Buffer[] = [];
    const session = new RtcpSession({
      ssrc: 1,
      reception: new Reception(),
      sender: () => undefined,
      send: (data) => void sent.push(data),
      unixMs: (nowMs) => nowMs,
    });
    session.bye(0);
    expect(sent).toHaveLength(0);
    session.tick(0);
    session.tick(10_000);
    session.bye(10_001);
    expect(sent.map((data) => parseRtcp(data)?.bye)).toEqual([false, true]);
  });
});
