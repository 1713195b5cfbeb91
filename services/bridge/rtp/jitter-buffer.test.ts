import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RtpPacket } from '@patchbay/common/rtp-packet';
import { JitterBuffer } from './jitter-buffer.ts';

function packet(sequence: number, ssrc = 1): RtpPacket {
  const wrapped = sequence & 0xffff;
  return {
    payloadType: 0,
    marker: false,
    sequence: wrapped,
    timestamp: (sequence * 160) >>> 0,
    ssrc,
    payload: new Uint8Array(160),
  };
}

function buffer() {
  const played: number[] = [];
  const made = new JitterBuffer({ sink: { packet: ({ sequence }) => void played.push(sequence) } });
  return { buffer: made, played };
}

describe('the jitter buffer', () => {
  it('passes packets on at once while they are in order, over the wrap too', () => {
    const { buffer: jitter, played } = buffer();
    for (const sequence of [65_534, 65_535, 65_536, 65_537]) {
      jitter.push(packet(sequence), 0);
      expect(played.at(-1)).toBe(sequence & 0xffff);
    }
    expect(jitter.lost).toBe(0);
  });

  it('puts two swapped packets in order', () => {
    const { buffer: jitter, played } = buffer();
    for (const sequence of [10, 12, 11, 13]) jitter.push(packet(sequence), 0);
    expect(played).toEqual([10, 11, 12, 13]);
    expect([jitter.lost, jitter.late, jitter.duplicate]).toEqual([0, 0, 0]);
  });

  it('gives a packet up when too many wait behind it', () => {
    const { buffer: jitter, played } = buffer();
    for (const sequence of [10, 12, 13, 14]) jitter.push(packet(sequence), 0);
    expect(played).toEqual([10, 12, 13, 14]);
    expect(jitter.lost).toBe(1);
  });

  it('gives a packet up when it is waited for too long', () => {
    const { buffer: jitter, played } = buffer();
    jitter.push(packet(10), 0);
    jitter.push(packet(12), 20);
    jitter.expire(30);
    expect(played).toEqual([10]);
    jitter.expire(40);
    expect(played).toEqual([10, 12]);
    expect(jitter.lost).toBe(1);
  });

  it('counts what comes twice and what comes too late, and plays neither', () => {
    const { buffer: jitter, played } = buffer();
    for (const sequence of [10, 10, 12, 12, 13, 14, 11, 11]) jitter.push(packet(sequence), 0);
    expect(played).toEqual([10, 12, 13, 14]);
    expect([jitter.lost, jitter.late, jitter.duplicate]).toEqual([1, 1, 3]);
  });

  it('begins anew with another source or after a wide jump, without calling it loss', () => {
    const { buffer: jitter, played } = buffer();
    jitter.push(packet(10), 0);
    expect(jitter.push(packet(500, 2), 0)).toBe('restart');
    expect(jitter.push(packet(40_000, 2), 0)).toBe('restart');
    expect(jitter.push(packet(40_001, 2), 0)).toBe('in-order');
    expect(played).toEqual([10, 500, 40_000, 40_001]);
    expect(jitter.lost).toBe(0);
  });

  it('never plays a packet twice nor backwards, whatever the network does', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 200 }), (order) => {
        const { buffer: jitter, played } = buffer();
        order.forEach((sequence, index) => {
          jitter.push(packet(sequence), index * 5);
          jitter.expire(index * 5);
        });
        jitter.expire(1e9);
        const rising = played.every(
          (value, index) => index === 0 || value > (played[index - 1] ?? 0),
        );
        expect(rising).toBe(true);
        expect(played.length + jitter.duplicate + jitter.late).toBe(order.length);
      }),
    );
  });
});
