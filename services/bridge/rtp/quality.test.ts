import { expect, it } from 'vitest';
import { BPL_CONCEALED, BPL_PLAIN, mosOf } from './quality.ts';

// G.107 with G.113's values for G.711, worked out by hand.
it.each([
  [0, 50, BPL_CONCEALED, 4.38],
  [0.01, 50, BPL_CONCEALED, 4.3],
  [0.05, 50, BPL_CONCEALED, 3.87],
  [0.01, 50, BPL_PLAIN, 3.78],
  [0.05, 50, BPL_PLAIN, 2.11],
  [0.02, 250, BPL_CONCEALED, 3.7],
  [0, 0, BPL_PLAIN, 4.41],
])('loss of %d at %i ms (Bpl %d) is rated %d', (lossRatio, oneWayDelayMs, bpl, mos) => {
  expect(mosOf({ lossRatio, oneWayDelayMs, bpl })).toBeCloseTo(mos, 2);
});

it('is never below 1, however bad the path', () => {
  expect(mosOf({ lossRatio: 1, oneWayDelayMs: 900, bpl: BPL_PLAIN })).toBe(1);
  expect(mosOf({ lossRatio: 7, oneWayDelayMs: 0, bpl: BPL_PLAIN })).toBeGreaterThanOrEqual(1);
});
