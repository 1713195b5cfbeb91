import { expect, it } from 'vitest';
import { TelephoneEventReader } from './telephone-event.ts';

function event(code: number, timestamp: number, duration: number, end = false) {
  return {
    payloadType: 101,
    marker: false,
    sequence: 0,
    timestamp,
    ssrc: 1,
    payload: Uint8Array.of(code, end ? 0x8a : 0x0a, duration >> 8, duration & 0xff),
  };
}

it('reports each key once, with its first packet', () => {
  const reader = new TelephoneEventReader();
  const packets = [
    event(5, 1_000, 160),
    event(5, 1_000, 320),
    event(5, 1_000, 480, true),
    event(5, 1_000, 480, true),
    event(5, 2_000, 160),
    event(11, 3_000, 160),
  ];
  expect(packets.map((packet) => reader.read(packet))).toEqual([
    '5',
    undefined,
    undefined,
    undefined,
    '5',
    '#',
  ]);
});

it('takes the segments of a key held very long for one key', () => {
  const reader = new TelephoneEventReader();
  expect(reader.read(event(1, 100, 0xffff))).toBe('1');
  expect(reader.read(event(1, 100 + 0xffff, 160))).toBeUndefined();
  expect(reader.read(event(1, 100 + 0xffff, 320, true))).toBeUndefined();
});

it('ignores events that are no keys and packets that are too short', () => {
  const reader = new TelephoneEventReader();
  expect(reader.read(event(32, 1, 160))).toBeUndefined();
  expect(reader.read({ ...event(1, 2, 160), payload: Uint8Array.of(1, 2) })).toBeUndefined();
});
