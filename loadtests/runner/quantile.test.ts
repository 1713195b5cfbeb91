import { expect, it } from 'vitest';
import { quantile } from './quantile.ts';

it.each([
  [[], 0.5, undefined],
  [[7], 0.95, 7],
  [[10, 20], 0.5, 15],
  [[30, 10, 20], 0.5, 20],
  [[0, 100], 0.95, 95],
])('of %j, %d of the way: %s', (values, part, expected) => {
  expect(quantile(values, part)).toBe(expected);
});
