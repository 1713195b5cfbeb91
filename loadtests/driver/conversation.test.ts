import { expect, it } from 'vitest';
import { isRight } from './conversation.ts';
import type { Expectation } from './plan.ts';

const balance = 'your account balance is two thousand four hundred fifty dollars';

it.each<[string, string, Expectation | undefined, boolean]>([
  ['the right amount', balance, { that: 'amount', minor: 245_000 }, true],
  ['another amount', balance, { that: 'amount', minor: 100 }, false],
  ['any amount, where none is known', balance, { that: 'amount' }, true],
  ['no amount', 'you are welcome', { that: 'amount' }, false],
  ['the words', 'thank you for calling goodbye', { that: 'words', words: 'goodbye' }, true],
  ['other words', 'you are welcome', { that: 'words', words: 'goodbye' }, false],
  ['anything, where nothing is expected', 'you are welcome', undefined, true],
  ['nothing that can be understood', '', undefined, false],
])('judges %s', (_what, heard, expectation, right) => {
  expect(isRight(heard, expectation)).toBe(right);
});
