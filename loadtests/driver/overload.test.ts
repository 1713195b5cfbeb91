import { expect, it } from 'vitest';
import { doubtOf } from './overload.ts';

it('vouches for its figures while its packets leave in time and it has processor time left', () => {
  expect(doubtOf(4, 30)).toBeUndefined();
});

it.each([
  ['its packets leave late', 35, 30, 'packets left up to 35 ms late'],
  ['it uses up its core', 4, 97, '97 % of a core'],
])('does not vouch when %s, and says so', (_what, pacingMs, cpuPct, words) => {
  expect(doubtOf(pacingMs, cpuPct)).toContain(words);
});
