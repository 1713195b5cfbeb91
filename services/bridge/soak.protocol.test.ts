import { expect, it } from 'vitest';
import { runBridgeSoak, SPARE_FILES } from '../sandbox/soak/bridge-soak.ts';

it.each([
  ['', 0],
  [' with a media worker', 1],
])(
  'sixty calls of random life%s leave nothing behind: no port, room, socket or dialog',
  async (_with, workers) => {
    const figures = await runBridgeSoak({ calls: 60, atOnce: 8, workers, seed: 20_261 });
    expect(figures.faults).toEqual([]);
    expect(Object.values(figures.held).filter((count) => count !== 0)).toEqual([]);
    expect(figures.records).toBe(60 + figures.busy);
    expect(figures.filesAfter).toBeLessThanOrEqual(figures.filesBefore + SPARE_FILES);
  },
  180_000,
);
