import { expect, it } from 'vitest';
import {
  TelephoneEventReader,
  TelephoneEventWriter,
  type TelephoneEvent,
} from './telephone-event.ts';

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

it('writes keys that are read again, each once, also without the packets that were lost', () => {
  const writer = new TelephoneEventWriter();
  for (const key of ['1', '#', 'd', 'x', '', '12', '1', '1']) writer.press(key);
  const reader = new TelephoneEventReader();
  const keys: string[] = [];
  const sent: (TelephoneEvent | undefined)[] = [];
  for (let tick = 0; tick < 60; tick++) {
    const made = writer.next(tick * 160);
    sent.push(made);
    if (!made || tick % 3 === 0) continue;
    const key = reader.read({ ...event(0, made.timestamp, 0), payload: made.payload });
    if (key !== undefined) keys.push(key);
  }
  expect(keys.join('')).toBe('1#D11');
  const first = sent.slice(0, 8).map((made) => [made?.payload[1], made?.payload[3], made?.marker]);
  expect(first).toEqual([
    [10, 160, true],
    [10, 64, false],
    [10, 224, false],
    [10, 128, false],
    [10, 32, false],
    [0x8a, 192, false],
    [0x8a, 192, false],
    [0x8a, 192, false],
  ]);
  expect(sent.slice(8, 10)).toEqual([undefined, undefined]);
});
