import { describe, expect, it } from 'vitest';
import { RateLimit, RateLimits } from './rate.ts';

describe('a rate limit', () => {
  it('lets a second’s worth through at once, then the rate', () => {
    const limit = new RateLimit(5, 0);
    const burst = Array.from({ length: 8 }, () => limit.take(0));
    expect(burst.filter(Boolean)).toHaveLength(5);
    expect(limit.take(199)).toBe(false);
    expect(limit.take(201)).toBe(true);
    expect(limit.take(399)).toBe(false);
  });

  it('slower than one a second still lets one through at first', () => {
    const limit = new RateLimit(0.5, 0);
    expect([limit.take(0), limit.take(1_000), limit.take(2_001)]).toEqual([true, false, true]);
  });
});

describe('rate limits by source', () => {
  it('are apart', () => {
    const limits = new RateLimits(1);
    expect([limits.take('a', 0), limits.take('a', 0), limits.take('b', 0)]).toEqual([
      true,
      false,
      true,
    ]);
  });

  it('keep no more sources than fit, whatever addresses are invented', () => {
    const limits = new RateLimits(1);
    for (let i = 0; i < 30_000; i++) limits.take(`source ${i}`, 0);
    expect(limits.size).toBe(10_000);
    // They are forgotten when they have been quiet.
    expect(limits.take('another', 2_000)).toBe(true);
    expect(limits.size).toBe(1);
  });
});
