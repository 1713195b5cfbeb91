import { expect, it } from 'vitest';
import { growthFaults, growthTable, type Look } from './soak-growth.ts';

const first: Look = {
  agent: { rssMb: 160, files: 40 },
  api: { rssMb: 110, files: 30 },
  bridge: { rssMb: 130, files: 35 },
  livekit: { rssMb: 60, files: 25 },
};

it('a heap that wanders and a connection that is kept alive are no growth', () => {
  const last = { ...first, agent: { rssMb: 200, files: 44 }, livekit: { rssMb: 55, files: 20 } };
  expect(growthFaults(first, last)).toEqual([]);
});

it('a process that keeps something of every call is named with both figures', () => {
  const last = { ...first, api: { rssMb: 151, files: 30 }, bridge: { rssMb: 130, files: 215 } };
  expect(growthFaults(first, last)).toEqual([
    'memory of api grew from 110 to 151 MB',
    'open files of bridge grew from 35 to 215',
  ]);
});

it('every process has a row', () => {
  expect(growthTable(first, first).map(([name]) => name)).toEqual([
    '',
    'agent',
    'api',
    'bridge',
    'livekit',
  ]);
});
