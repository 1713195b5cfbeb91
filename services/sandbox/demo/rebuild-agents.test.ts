import { expect, it } from 'vitest';
import { isSource } from './rebuild-agents.ts';

it.each([
  ['agents/bank.ts', true],
  ['tools/bank-words.ts', true],
  ['main.ts', true],
  ['dist/main.js', false],
  ['dist/agents/bank.ts', false],
  ['testing/test-caller.ts', false],
  ['tools/spoken.test.ts', false],
  ['agents/bank.ts.swp', false],
])('saving %s has the agents bundled: %s', (file, expected) => {
  expect(isSource(file)).toBe(expected);
});
