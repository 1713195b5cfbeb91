import { describe, expect, it } from 'vitest';
import { findRoute } from './routing.ts';

const TRUNKS: Parameters<typeof findRoute>[0] = [
  {
    name: 'exotel',
    numbers: { '+918012345678': 'bank' },
    codecs: ['PCMA'],
    mediaEncryption: 'allow',
  },
  {
    name: 'office',
    numbers: { support: 'support', '1000': 'bank' },
    codecs: ['PCMU'],
    mediaEncryption: 'require',
  },
];

describe('a called number', () => {
  it.each([
    ['+918012345678', 'exotel', 'bank'],
    ['918012345678', 'exotel', 'bank'],
    ['+91 80-1234.5678', 'exotel', 'bank'],
    ['+918012345678;phone-context=x', 'exotel', 'bank'],
    ['support', 'office', 'support'],
    ['Support', 'office', 'support'],
    ['1000', 'office', 'bank'],
  ])('%s leads through trunk %s to %s', (user, trunk, agent) => {
    expect(findRoute(TRUNKS, user)).toMatchObject({ trunk, agent });
  });

  it.each(['', '+91801234567', '+9180123456789', '08012345678', 'supp', '+', '%00'])(
    '"%s" leads nowhere',
    (user) => {
      expect(findRoute(TRUNKS, user)).toBeUndefined();
    },
  );
});
