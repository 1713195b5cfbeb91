import { expect, it } from 'vitest';
import { measureUsage, UsageOfWorkers } from './worker-usage.ts';

it('adds up what the workers use, and forgets only the memory of those that have ended', () => {
  const all = new UsageOfWorkers();
  all.told(1, { rssBytes: 10, cpuSeconds: 5, gcSeconds: 1, lagSeconds: 0.002 });
  all.told(2, { rssBytes: 30, cpuSeconds: 7, gcSeconds: 2, lagSeconds: 0.004 });
  all.told(2, { rssBytes: 20, cpuSeconds: 8, gcSeconds: 2, lagSeconds: 0.001 });
  expect(all.total).toEqual({
    rssBytes: { sum: 30, max: 20 },
    cpuSeconds: 13,
    gcSeconds: 3,
    lagSeconds: 0.002,
  });
  all.ended(2);
  all.ended(3);
  expect(all.total).toEqual({
    rssBytes: { sum: 10, max: 10 },
    cpuSeconds: 13,
    gcSeconds: 3,
    lagSeconds: 0.002,
  });
});

it('measures the process it is in', () => {
  const usage = measureUsage()();
  expect(usage.rssBytes).toBeGreaterThan(10e6);
  expect(usage.cpuSeconds).toBeGreaterThan(0);
  expect(usage.gcSeconds).toBeGreaterThanOrEqual(0);
  expect(usage.lagSeconds).toBeGreaterThanOrEqual(0);
});
