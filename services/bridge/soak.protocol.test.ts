import { expect, it } from 'vitest';
import { runBridgeSoak } from '../sandbox/soak/bridge-soak.ts';

it('sixty calls of random life leave nothing behind: no port, room, socket or dialog', async () => {
  const figures = await runBridgeSoak({ calls: 60, atOnce: 8, seed: 20_261 });
  expect(figures.faults).toEqual([]);
  expect(Object.values(figures.held).filter((count) => count !== 0)).toEqual([]);
  expect(figures.records).toBe(60);
  expect(figures.filesAfter).toBeLessThanOrEqual(figures.filesBefore);
}, 180_000);
