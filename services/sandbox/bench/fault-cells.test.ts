import { expect, test } from 'vitest';
import { cellLine, cells, longestSilenceMs, type CellResult } from './fault-cells.ts';

test('the matrix has 6 providers, 6 faults and 3 moments', () => {
  expect(cells()).toHaveLength(108);
  expect(cells({ providers: ['whisper'], faults: ['garbage'] })).toEqual([
    { provider: 'whisper', fault: 'garbage', moment: 'beginning' },
    { provider: 'whisper', fault: 'garbage', moment: 'middle' },
    { provider: 'whisper', fault: 'garbage', moment: 'end' },
  ]);
});

test('the longest silence is before the first sound or between two', () => {
  expect(longestSilenceMs(1_000, [])).toBe(0);
  expect(longestSilenceMs(1_000, [{ startedAtMs: 1_900, endedAtMs: 2_500 }])).toBe(900);
  expect(
    longestSilenceMs(1_000, [
      { startedAtMs: 1_400, endedAtMs: 2_000 },
      { startedAtMs: 3_300, endedAtMs: 5_000 },
    ]),
  ).toBe(1_300);
});

test('a line tells at a glance what was wrong', () => {
  const result: CellResult = {
    provider: 'openai',
    fault: 'garbage',
    moment: 'end',
    heard: 'your account balance is nine dollars',
    answered: true,
    longestSilenceMs: 900,
    answeredBy: 'groq',
    written: [],
  };
  expect(cellLine(result)).toMatch(/^✓ openai garbage, end +900 ms {2}by groq .*nine dollars"$/);
  expect(cellLine({ ...result, longestSilenceMs: 1_501 })).toMatch(/^!/);
  expect(cellLine({ ...result, answered: false })).toMatch(/^✗/);
});
