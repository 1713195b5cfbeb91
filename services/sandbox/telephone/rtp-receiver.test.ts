import { describe, expect, it } from 'vitest';
import { PCMA, encodeG711 } from '@patchbay/common/g711';
import { buildRtp } from '@patchbay/common/rtp-packet';
import { RtpReceiver, type HeardFrame } from './rtp-receiver.ts';

interface Sent {
  n: number;
  atMs: number;
  ssrc?: number;
  timestamp?: number;
  marker?: boolean;
  payloadType?: number;
}

const START = 65_530;

/** Feeds packets number `n`, 20 ms apart by their timestamps unless told otherwise. */
function receive(packets: Sent[]) {
  const frames: HeardFrame[] = [];
  let origin: number | undefined;
  const receiver = new RtpReceiver({
    originMs: (now) => (origin ??= now),
    onFrame: (frame) => frames.push(frame),
  });
  for (const { n, atMs, ssrc = 1, timestamp, marker = false, payloadType = PCMA } of packets) {
    const payload = encodeG711(PCMA, new Int16Array(160).fill(1_000));
    const stamp = (timestamp ?? 0xffffff00 + n * 160) >>> 0;
    receiver.receive(
      buildRtp({
        payloadType,
        marker,
        sequence: (START + n) & 0xffff,
        timestamp: stamp,
        ssrc,
        payload,
      }),
      atMs,
    );
  }
  return { frames, positions: frames.map(({ position }) => position), stats: receiver.stats };
}

const row = (count: number, atMs = (n: number) => n * 20) =>
  Array.from({ length: count }, (_, n) => ({ n, atMs: atMs(n) }));

describe('placing', () => {
  it('follows the timestamps, over the wrap of sequence and timestamp, whatever the jitter', () => {
    const { positions, frames } = receive(row(20, (n) => n * 20 + (n % 3) * 15));
    expect(positions).toEqual(Array.from({ length: 20 }, (_, n) => n * 160));
    expect(frames[0]!.samples).toHaveLength(160);
  });

  it('leaves a hole where a packet was lost', () => {
    const packets = row(5).filter(({ n }) => n !== 2);
    expect(receive(packets).positions).toEqual([0, 160, 480, 640]);
  });

  it('puts an overtaken packet where it belongs and says that it is late', () => {
    const { frames, stats } = receive([
      { n: 0, atMs: 0 },
      { n: 2, atMs: 40 },
      { n: 1, atMs: 41 },
      { n: 3, atMs: 60 },
    ]);
    expect(frames.map(({ position, inOrder }) => [position, inOrder])).toEqual([
      [0, true],
      [320, true],
      [160, false],
      [480, true],
    ]);
    expect(stats).toMatchObject({ received: 4, reordered: 1, lost: 0 });
  });

  it('goes by arrival again after a pause in which the sender’s clock stood still', () => {
    const packets = row(4, (n) => (n < 2 ? n * 20 : 5_000 + n * 20));
    expect(receive(packets).positions).toEqual([0, 160, 40_320, 40_480]);
  });

  it('believes a shorter pause when the packet is marked as a new beginning', () => {
    const packets = row(4, (n) => (n < 2 ? n * 20 : 500 + n * 20));
    const marked = packets.map((packet) => ({ ...packet, marker: packet.n === 2 }));
    expect(receive(marked).positions).toEqual([0, 160, 4_320, 4_480]);
  });

  it('goes by arrival when timestamps jump far ahead', () => {
    const packets = row(4).map((p) => (p.n < 2 ? p : { ...p, timestamp: 0x7000_0000 + p.n * 160 }));
    expect(receive(packets).positions).toEqual([0, 160, 320, 480]);
  });

  it('keeps a burst that was held up in its order', () => {
    const packets = row(20, (n) => (n < 5 ? n * 20 : Math.max(400, n * 20)));
    expect(receive(packets).positions).toEqual(Array.from({ length: 20 }, (_, n) => n * 160));
  });
});

describe('counting', () => {
  it('tells losses from copies', () => {
    const { stats } = receive([
      { n: 0, atMs: 0 },
      { n: 1, atMs: 20 },
      { n: 1, atMs: 21 },
      { n: 5, atMs: 100 },
    ]);
    expect(stats).toMatchObject({ received: 3, duplicates: 1, lost: 3 });
  });

  it('counts other payloads and garbage as other, and not as lost', () => {
    const { stats, frames } = receive([
      { n: 0, atMs: 0 },
      { n: 1, atMs: 20, payloadType: 101 },
      { n: 2, atMs: 40 },
    ]);
    expect(frames).toHaveLength(2);
    expect(stats).toMatchObject({ received: 2, other: 1, lost: 0 });
    const receiver = new RtpReceiver({ originMs: () => 0, onFrame: () => undefined });
    receiver.receive(Buffer.from('not a packet at all'), 0);
    receiver.receive(new Uint8Array(0), 0);
    expect(receiver.stats).toMatchObject({ received: 0, other: 2, lost: 0 });
  });

  it('notices another source and counts on from there', () => {
    const { stats, positions } = receive([
      { n: 0, atMs: 0 },
      { n: 3, atMs: 60 },
      { n: 900, atMs: 80, ssrc: 2, timestamp: 12 },
      { n: 901, atMs: 100, ssrc: 2, timestamp: 172 },
    ]);
    expect(stats).toMatchObject({ received: 4, lost: 2, sourceChanges: 1 });
    expect(positions).toEqual([0, 480, 640, 800]);
  });

  it('takes a great jump in numbers as a sender that began again, not as loss', () => {
    const { stats } = receive([
      { n: 0, atMs: 0 },
      { n: 20_000, atMs: 20, timestamp: 5 },
    ]);
    expect(stats).toMatchObject({ received: 2, lost: 0, sourceChanges: 0 });
  });

  it('has no jitter in an even stream and much in an uneven one', () => {
    expect(receive(row(200)).stats.jitterMs).toBe(0);
    // RFC 3550 §6.4.1: every packet 10 ms off its neighbour settles at 10 ms.
    const uneven = receive(row(200, (n) => n * 20 + (n % 2) * 10));
    expect(uneven.stats.jitterMs).toBeCloseTo(10, 0);
  });
});
