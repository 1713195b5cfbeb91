import { expect, it } from 'vitest';
import { onceMoreIfDoubted } from './once-more.ts';

const doubted = { ok: false, smoke: true, vouched: false };
const clear = { ok: false, smoke: true, vouched: true };
const passed = { ok: true, smoke: true, vouched: false };

it.each([
  ['a smoke test that failed on a machine too busy to tell why is run once more', [doubted, clear]],
  ['the second verdict stands, however busy the machine is', [doubted, doubted]],
  ['a failure that is vouched for stands at once', [clear]],
  ['what passed is not run again', [passed]],
  ['a whole load test is not run again', [{ ...doubted, smoke: false }]],
  ['what a person ended is not run again', [{ ...doubted, cutShort: 'SIGINT' }]],
])('%s', async (_what, verdicts) => {
  const left = [...verdicts];
  const lines: string[] = [];
  const run = () => Promise.resolve(left.shift() ?? passed);
  expect(await onceMoreIfDoubted(run, (line) => lines.push(line))).toBe(verdicts.at(-1));
  expect(left).toEqual([]);
  expect(lines).toHaveLength(verdicts.length - 1);
});
