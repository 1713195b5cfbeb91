import { describe, expect, it } from 'vitest';
import { parseSource, plainAddress, SourceList } from './sources.ts';

describe('a list of sources', () => {
  const list = new SourceList(['182.76.143.61', '54.172.60.0/30', '2001:db8:1::/48', '::1']);

  it.each([
    '182.76.143.61',
    '54.172.60.0',
    '54.172.60.3',
    '::ffff:54.172.60.3',
    '2001:db8:1:ffff::9',
    '[2001:db8:1::1]',
    '::1',
  ])('has %s', (address) => {
    expect(list.has(address)).toBe(true);
  });

  it.each(['182.76.143.60', '54.172.60.4', '2001:db8:2::1', '', 'carrier.example.com', '::'])(
    'does not have "%s"',
    (address) => {
      expect(list.has(address)).toBe(false);
    },
  );
});

it.each(['1.2.3', '1.2.3.4/33', '::1/129', '1.2.3.4/', '1.2.3.4/8/8', '1.2.3.4/-1', 'host'])(
  '"%s" is no source',
  (text) => {
    expect(parseSource(text)).toBeUndefined();
  },
);

it('an address has one form', () => {
  expect(plainAddress('::ffff:1.2.3.4')).toBe('1.2.3.4');
  expect(plainAddress('[::1]')).toBe('::1');
});
