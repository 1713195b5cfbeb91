import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RtpPacket } from '@patchbay/common/rtp-packet';
import { JitterBuffer } from './jitter-buffer.ts';

interface Sent {
  n: number;
  arriveMs: number;
  /** As the phone numbers it; n and n·ptime by default. */
  sequence?: number;
  timestamp?: number;
  ssrc?: number;
  /** 0 for what is no sound. */
  duration?: number;
}

interface Played {
  n: number;
  atMs: number;
  waitedMs: number;
  skip: number;
}

/** A phone, a network and the 20 ms tick around one buffer, on a made-up clock. */
function run(
  packets: Sent[],
  options: { ptimeMs?: number; untilMs?: number; tickMs?: number } = {},
) {
  const samples = (options.ptimeMs ?? 20) * 8;
  const played: Played[] = [];
  const missing: { atMs: number; samples: number; pause: boolean }[] = [];
  let handedOn = 0;
  let nowMs = 0;
  let mostHoldMs = 0;
  const numbers = new Map<RtpPacket, number>();
  const buffer = new JitterBuffer({
    packet: (packet, arrivedMs, skip) => {
      handedOn += packet.payload.length - skip;
      played.push({ n: numbers.get(packet)!, atMs: nowMs, waitedMs: nowMs - arrivedMs, skip });
    },
    missing: (count, pause) => {
      handedOn += count;
      missing.push({ atMs: nowMs, samples: count, pause });
    },
  });
  const arrivals = packets.slice().sort((a, b) => a.arriveMs - b.arriveMs);
  const untilMs = options.untilMs ?? (arrivals.at(-1)?.arriveMs ?? 0) + 20;
  let next = 0;
  for (let tickMs = options.tickMs ?? 7; tickMs <= untilMs; tickMs += 20) {
    for (; next < arrivals.length && arrivals[next]!.arriveMs <= tickMs; next++) {
      const sent = arrivals[next]!;
      nowMs = sent.arriveMs;
      const packet: RtpPacket = {
        payloadType: 0,
        marker: false,
        sequence: (sent.sequence ?? sent.n) & 0xffff,
        timestamp: (sent.timestamp ?? sent.n * samples) >>> 0,
        ssrc: sent.ssrc ?? 1,
        payload: new Uint8Array(sent.duration ?? samples),
      };
      numbers.set(packet, sent.n);
      buffer.push(packet, sent.duration ?? samples, nowMs);
      mostHoldMs = Math.max(mostHoldMs, buffer.holdMs);
    }
    nowMs = tickMs;
    buffer.advance(nowMs);
  }
  return { buffer, played, missing, mostHoldMs, handedOnMs: () => handedOn / 8 };
}

/** Packets of a phone that sends one each `ptimeMs`; `delayMs` says how late each one comes. */
function stream(
  count: number,
  delayMs: (n: number) => number | undefined = () => 0,
  ptimeMs = 20,
): Sent[] {
  return Array.from({ length: count }, (_, n) => ({ n, late: delayMs(n) }))
    .filter(({ late }) => late !== undefined)
    .map(({ n, late }) => ({ n, arriveMs: n * ptimeMs + (late ?? 0) }));
}

/** The same "random" numbers in every run. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function numbersOf(played: Played[]): number[] {
  return played.map(({ n }) => n);
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}

it('what is held leaves one by one at the pace of the clock, however the packets behind it come', () => {
  // The clock is 3 ms short of the packets' time, so that each arrival would let one go.
  const { played, mostHoldMs } = run(
    stream(600, (n) => (n % 50 === 10 ? 28 : (n % 3) * 2)),
    { tickMs: 4 },
  );
  expect(mostHoldMs).toBeGreaterThanOrEqual(25);
  const settled = played.slice(100);
  expect(settled.filter(({ atMs }) => (atMs - 4) % 20 !== 0)).toEqual([]);
  expect(new Set(settled.map(({ atMs }) => atMs)).size).toBe(settled.length);
});

describe('on a clean path', () => {
  it.each([5, 10, 20, 30, 40, 60])(
    'packets of %i ms pass at once, and nothing is held',
    (ptimeMs) => {
      const { played, missing, mostHoldMs, buffer } = run(stream(300, undefined, ptimeMs), {
        ptimeMs,
      });
      expect(numbersOf(played)).toEqual(range(0, 300));
      expect(played.every(({ waitedMs }) => waitedMs === 0)).toBe(true);
      expect([missing.length, mostHoldMs, buffer.lost]).toEqual([0, 0, 0]);
    },
  );

  it('jitter of less than one packet changes nothing', () => {
    const random = randomFrom(1);
    const { played, missing, mostHoldMs } = run(stream(2_000, () => 15 * random()));
    expect(played.every(({ waitedMs }) => waitedMs === 0)).toBe(true);
    expect([played.length, missing.length, mostHoldMs]).toEqual([2_000, 0, 0]);
  });

  it('sequence numbers and timestamps may wrap', () => {
    const sent = stream(200).map((packet) => ({
      ...packet,
      sequence: 65_436 + packet.n,
      timestamp: 2 ** 32 - 16_000 + packet.n * 160,
    }));
    const { played, missing, buffer } = run(sent);
    expect(numbersOf(played)).toEqual(range(0, 200));
    expect([missing.length, buffer.lost, buffer.late]).toEqual([0, 0, 0]);
  });

  it.each([200, -200])(
    'a clock that is off by %i ppm is followed for an hour',
    (ppm) => {
      const sent = stream(180_000, (n) => (n * 20 * ppm) / 1e6);
      const { played, missing, mostHoldMs, buffer } = run(sent);
      expect(played).toHaveLength(180_000);
      expect(played.every(({ waitedMs }) => waitedMs === 0)).toBe(true);
      expect([missing.length, mostHoldMs, buffer.lost]).toEqual([0, 0, 0]);
    },
    60_000,
  );
});

describe('a lost packet', () => {
  it.each([10, 20, 30, 40])('of %i ms is made up for when the next one comes', (ptimeMs) => {
    const { played, missing, buffer } = run(
      stream(100, (n) => (n === 50 ? undefined : 0), ptimeMs),
      { ptimeMs },
    );
    expect(numbersOf(played)).toEqual([...range(0, 50), ...range(51, 100)]);
    expect(missing.reduce((sum, { samples }) => sum + samples, 0)).toBe(ptimeMs * 8);
    expect(missing.some(({ pause }) => pause)).toBe(false);
    // It is waited for one packet's time, at most 20 ms; then it is over.
    expect(missing[0]!.atMs).toBeLessThanOrEqual(50 * ptimeMs + Math.max(20, ptimeMs));
    expect([buffer.lost, buffer.concealedSamples, buffer.holdMs]).toEqual([1, ptimeMs * 8, 0]);
  });

  it('is one of many: the room hears as much as was said', () => {
    const random = randomFrom(2);
    const lost = range(1, 2_999).filter(() => random() < 0.1);
    const { buffer, handedOnMs } = run(stream(3_000, (n) => (lost.includes(n) ? undefined : 0)));
    expect(buffer.lost).toBe(lost.length);
    expect(handedOnMs()).toBe(60_000);
    expect(buffer.concealedSamples / 8).toBeGreaterThan(lost.length * 15);
  });

  it('costs no more than 60 ms of concealment, however many follow it', () => {
    const { buffer, handedOnMs } = run(stream(100, (n) => (n >= 40 && n < 60 ? undefined : 0)));
    expect([buffer.lost, buffer.concealedSamples]).toEqual([20, 480]);
    expect(handedOnMs()).toBe(2_000);
  });
});

describe('a jittery path', () => {
  it('is held for as long as nearly all packets need, and let go again', () => {
    const random = randomFrom(3);
    // Ten seconds calm, thirty rough, thirty calm.
    const delay = (n: number) => (n < 500 || n >= 2_000 ? 0 : 60 * random());
    const { played, buffer, mostHoldMs, missing } = run(stream(3_500, delay));
    expect(mostHoldMs).toBeGreaterThanOrEqual(50);
    expect(mostHoldMs).toBeLessThanOrEqual(65);
    expect(buffer.holdMs).toBe(0);
    expect(numbersOf(played)).toEqual(range(0, 3_500));
    expect(played.slice(-100).every(({ waitedMs }) => waitedMs === 0)).toBe(true);
    // Once it has grown, next to nothing comes too late.
    expect(missing.filter(({ atMs }) => atMs > 12_000).length).toBeLessThan(10);
    // What is held leaves evenly, but for the 20 ms of the tick.
    const steps = played
      .filter(({ atMs }) => atMs > 15_000 && atMs < 40_000)
      .map(({ atMs }, i, all) => atMs - (all[i - 1]?.atMs ?? atMs));
    expect(Math.max(...steps)).toBeLessThanOrEqual(40);
  });

  it('is never held longer than 120 ms', () => {
    const random = randomFrom(4);
    const { buffer, mostHoldMs, played } = run(stream(2_000, () => 400 * random()));
    expect(mostHoldMs).toBe(120);
    expect(buffer.mostHoldMs).toBe(120);
    expect(Math.max(...played.map(({ waitedMs }) => waitedMs))).toBeLessThanOrEqual(160);
  });

  it('puts packets in order that overtook each other', () => {
    // Every fifth packet takes 30 ms longer and is overtaken by the next.
    const { played, buffer } = run(
      stream(1_000, (n) => (n % 5 === 0 ? 30 : 0)),
      { untilMs: 20_100 },
    );
    const rising = played.every(({ n }, i) => i === 0 || n > played[i - 1]!.n);
    expect(rising).toBe(true);
    // The first one teaches it to wait.
    expect(buffer.late).toBeLessThanOrEqual(1);
    expect(played.length).toBeGreaterThanOrEqual(999);
  });

  it('a single late packet is played late rather than never', () => {
    const { played, missing, buffer } = run(
      stream(200, (n) =>
        n === 100 ? 70 : n > 100 && n < 104 ? Math.max(0, 70 - (n - 100) * 20) : 0,
      ),
      { untilMs: 4_080 },
    );
    expect(numbersOf(played)).toEqual(range(0, 200));
    expect(missing.length).toBeGreaterThan(0);
    expect([buffer.lost, buffer.late]).toEqual([0, 0]);
    expect(buffer.mostHoldMs).toBe(70);
  });

  it('what comes more than 120 ms too late is left out, so that the delay stays bounded', () => {
    // Half a second nothing; then all of it at once.
    const { played, buffer, handedOnMs } = run(
      stream(300, (n) => (n >= 100 && n < 125 ? (125 - n) * 20 : 0)),
      { untilMs: 6_120 },
    );
    expect(buffer.late).toBeGreaterThan(10);
    expect(played.length + buffer.late).toBe(300);
    expect(handedOnMs()).toBeLessThanOrEqual(6_000 + 140);
    expect(played.at(-1)!.n).toBe(299);
  });

  it('a network that becomes slower for good is followed after three packets', () => {
    const { played, buffer } = run(
      stream(600, (n) => (n < 100 ? 0 : 300)),
      { untilMs: 12_420 },
    );
    expect(buffer.late).toBeLessThanOrEqual(4);
    expect(numbersOf(played).slice(-490)).toEqual(range(110, 600));
  });
});

describe('a phone that sends nothing in pauses', () => {
  it('has lost nothing: the room hears silence for as long as it was silent', () => {
    const sent = stream(300).filter(({ n }) => n < 100 || n >= 200);
    const { buffer, missing, handedOnMs, played } = run(
      sent.map((packet, index) => ({ ...packet, sequence: index })),
    );
    expect([buffer.lost, buffer.late, buffer.concealedSamples]).toEqual([0, 0, 0]);
    expect(handedOnMs()).toBe(6_000);
    expect(missing.at(-1)!.pause).toBe(true);
    expect(played.slice(100).every(({ waitedMs, skip }) => waitedMs === 0 && skip === 0)).toBe(
      true,
    );
    // The room is never more than two ticks behind.
    const late = missing.filter(({ atMs }, i) => i > 0 && atMs - missing[i - 1]!.atMs > 20);
    expect(late).toEqual([]);
  });

  it('may stop its clock meanwhile', () => {
    const sent = stream(100).concat(
      range(100, 200).map((n) => ({ n, arriveMs: 30_000 + (n - 100) * 20 })),
    );
    const { played, buffer } = run(sent);
    expect(numbersOf(played)).toEqual(range(0, 200));
    expect([buffer.lost, buffer.late]).toEqual([0, 0]);
  });

  it('may send events and comfort noise between the sound', () => {
    const sent = stream(100).map((packet) =>
      packet.n >= 40 && packet.n < 50 ? { ...packet, duration: 0, timestamp: 40 * 160 } : packet,
    );
    const { played, buffer, handedOnMs } = run(sent);
    expect(numbersOf(played)).toEqual(range(0, 100));
    expect([buffer.lost, buffer.late, buffer.concealedSamples]).toEqual([0, 0, 0]);
    expect(handedOnMs()).toBe(2_000);
  });
});

describe('a stream that begins anew', () => {
  it.each<[string, Partial<Sent>]>([
    ['with another SSRC', { ssrc: 2 }],
    ['after a jump of the sequence numbers', { sequence: 40_000 }],
    ['after a jump of the timestamps', { timestamp: 3e9 }],
    ['with everything new', { ssrc: 9, sequence: 1_234, timestamp: 77 }],
  ])('%s goes on at once, without loss', (_what, change) => {
    const sent = stream(200).map((packet) =>
      packet.n < 100
        ? packet
        : {
            ...packet,
            ssrc: change.ssrc ?? 1,
            sequence: (change.sequence ?? 100) + packet.n - 100,
            timestamp: (change.timestamp ?? 16_000) + (packet.n - 100) * 160,
          },
    );
    const { played, missing, buffer } = run(sent);
    expect(numbersOf(played)).toEqual(range(0, 200));
    expect(played.every(({ waitedMs }) => waitedMs === 0)).toBe(true);
    expect([missing.length, buffer.lost, buffer.late, buffer.duplicate]).toEqual([0, 0, 0, 0]);
  });

  it('after its timestamps jumped back goes on too', () => {
    const sent = stream(200).map((packet) => ({
      ...packet,
      timestamp: packet.n < 100 ? 1e6 + packet.n * 160 : packet.n * 160,
    }));
    expect(numbersOf(run(sent).played)).toEqual(range(0, 200));
  });
});

describe('whatever the network does', () => {
  it('what comes twice is counted and not played', () => {
    const sent = stream(50).flatMap((packet) => [
      packet,
      { ...packet, arriveMs: packet.arriveMs + 1 },
    ]);
    const { played, buffer } = run(sent);
    expect(numbersOf(played)).toEqual(range(0, 50));
    expect(buffer.duplicate).toBe(50);
  });

  it('no packet is played twice or after a later one, and each is accounted for', () => {
    const packet = fc.record({
      late: fc.integer({ min: 0, max: 600 }),
      lost: fc.boolean(),
      copies: fc.integer({ min: 1, max: 2 }),
    });
    fc.assert(
      fc.property(fc.array(packet, { maxLength: 150 }), (fate) => {
        const sent = fate.flatMap(({ late, lost, copies }, n) =>
          lost ? [] : range(0, copies).map((copy) => ({ n, arriveMs: n * 20 + late + copy })),
        );
        const { played, buffer } = run(sent, { untilMs: fate.length * 20 + 2_000 });
        expect(played.every(({ n }, i) => i === 0 || n > played[i - 1]!.n)).toBe(true);
        expect(played.length + buffer.duplicate + buffer.late).toBe(sent.length);
        expect(buffer.holdMs).toBeLessThanOrEqual(120);
      }),
      { numRuns: 300 },
    );
  });

  it('numbers and times of any kind neither throw nor hang', () => {
    const packet = fc.record({
      n: fc.constant(0),
      arriveMs: fc.integer({ min: 0, max: 5_000 }),
      sequence: fc.integer({ min: 0, max: 65_535 }),
      timestamp: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
      ssrc: fc.integer({ min: 1, max: 2 }),
      duration: fc.constantFrom(0, 1, 80, 160, 1_400),
    });
    fc.assert(
      fc.property(fc.array(packet, { maxLength: 100 }), (sent) => {
        const { handedOnMs } = run(sent, { untilMs: 6_000 });
        expect(handedOnMs()).toBeLessThan(6_000 + sent.length * 180 + 1_000);
      }),
      { numRuns: 300 },
    );
  });
});
