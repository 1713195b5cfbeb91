import { describe, expect, it } from 'vitest';
import { percentile, spread } from './percentile.ts';

describe('percentiles', () => {
  it('are nearest-rank values that really occurred', () => {
    const values = [5, 1, 4, 2, 3];
    expect(percentile(values, 0.5)).toBe(3);
    expect(percentile(values, 0.95)).toBe(5);
    expect(percentile(values, 0)).toBe(1);
  });

  it('of nothing are undefined', () => {
    expect(spread([])).toBeUndefined();
  });

  it('are rounded to whole milliseconds in a spread', () => {
    expect(spread([1.4, 2.6])).toEqual({ p50: 1, p95: 3 });
  });
});
