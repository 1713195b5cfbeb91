import { describe, expect, it } from 'vitest';
import { collisions, describeRange, ephemeralRanges, type PortRange } from './ports.ts';

const range = (name: string, min: number, max: number, protocol: PortRange['protocol']) => ({
  name,
  key: `patchbay:ports.${name}`,
  min,
  max,
  protocol,
});

describe('two ranges on one node', () => {
  it.each([
    ['that touch', 10, 20, 'udp', 20, 30, 'udp', true],
    ['that follow one another', 10, 19, 'udp', 20, 30, 'udp', false],
    ['inside one another', 10, 90, 'udp', 20, 30, 'udp', true],
    ['of other protocols', 10, 20, 'udp', 10, 20, 'tcp', false],
    ['where one takes both protocols', 10, 20, 'tcp+udp', 15, 15, 'tcp', true],
  ] as const)('%s', (_name, min1, max1, protocol1, min2, max2, protocol2, collide) => {
    const found = collisions([
      range('a', min1, max1, protocol1),
      range('b', min2, max2, protocol2),
    ]);
    expect(found.map(([one, other]) => one.name + other.name)).toEqual(collide ? ['ab'] : []);
  });
});

it('says a range in words, with the key that sets it', () => {
  expect(describeRange(range('rtp', 20_000, 29_999, 'udp'))).toBe(
    'rtp 20000-29999/udp (patchbay:ports.rtp)',
  );
  expect(describeRange(range('sip', 5_060, 5_060, 'tcp'))).toBe(
    'sip 5060/tcp (patchbay:ports.sip)',
  );
});

it('knows which UDP ranges Linux may take ports from', () => {
  const ranges = [
    range('low', 20_000, 29_999, 'udp'),
    range('high', 50_000, 54_999, 'udp'),
    range('tcp', 50_000, 54_999, 'tcp'),
  ];
  expect(ephemeralRanges(ranges).map(({ name }) => name)).toEqual(['high']);
});
