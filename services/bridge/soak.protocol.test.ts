import { expect, it } from 'vitest';
import { runBridgeSoak, SPARE_FILES } from '../sandbox/soak/bridge-soak.ts';

it('sixty calls of random life leave nothing behind: no port, room, socket or dialog', async () => {
  const figures = await runBridgeSoak({ calls: 60, atOnce: 8, workers: 0, seed: 20_261 });
  expect(figures.faults).toEqual([]);
  expect(Object.values(figures.held).filter((count) => count !== 0)).toEqual([]);
  expect(figures.records).toBe(60 + figures.busy);
  expect(figures.filesAfter).toBeLessThanOrEqual(figures.filesBefore + SPARE_FILES);
}, 180_000);
