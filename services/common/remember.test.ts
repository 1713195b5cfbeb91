import { expect, it } from 'vitest';
import { remember } from './remember.ts';

it('keeps the latest so many', () => {
  const values = new Map<string, number>();
  remember(values, 'a', 1, 2);
  remember(values, 'b', 2, 2);
  remember(values, 'a', 3, 2);
  expect([...values]).toEqual([
    ['a', 3],
    ['b', 2],
  ]);
  remember(values, 'c', 4, 2);
  expect([...values]).toEqual([
    ['b', 2],
    ['c', 4],
  ]);
});
