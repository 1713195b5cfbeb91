import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { runBridgeSoak, SPARE_FILES } from '../soak/bridge-soak.ts';
import { isNothing } from '../stack/holdings.ts';
import { MOST_GROWTH_MB } from './soak-growth.ts';

/**
 * A thousand calls of random life against the bridge: cancelled, busy, dropped, silent, with loss,
 * held, with late offers and other codecs. Nothing of them may be left.
 * Flags: --calls 1000 --at-once 20 --workers 0 --seed N --json FILE
 */

const { values: flags } = parseArgs({
  options: {
    calls: { type: 'string', default: '1000' },
    'at-once': { type: 'string', default: '20' },
    workers: { type: 'string', default: '0' },
    seed: { type: 'string', default: String(Date.now() % 100_000) },
    json: { type: 'string' },
  },
});
const seed = Number(flags.seed);
console.log(`seed ${seed}`);
const figures = await runBridgeSoak({
  calls: Number(flags.calls),
  atOnce: Number(flags['at-once']),
  workers: Number(flags.workers),
  seed,
  print: console.log,
});
for (const [title, counts] of [
  ['lives', figures.lives],
  ['records', figures.results],
] as const) {
  const parts = Object.entries(counts).map(([name, count]) => `${count} ${name}`);
  console.log(`${title}: ${parts.join(', ')}`);
}
const { calls, records, busy, faults, held, filesBefore, filesAfter } = figures;
const { rssMbBefore, rssMbAfter, mostGrownMb } = figures;
console.log(`${calls} calls in ${figures.seconds} s, ${records} records, ${busy} found it busy`);
console.log(`held: ${JSON.stringify(held)}, ${figures.roomsSwept} rooms swept off LiveKit's list`);
console.log(
  `open files ${filesBefore} → ${filesAfter}, memory ${rssMbBefore} → ${rssMbAfter} MB, ` +
    `at most ${mostGrownMb} MB more in one process`,
);
for (const fault of faults) console.log(`went wrong: ${fault}`);
if (flags.json !== undefined) {
  await writeFile(flags.json, `${JSON.stringify({ seed, ...figures }, null, 2)}\n`);
}
const clean =
  isNothing(held) && filesAfter <= filesBefore + SPARE_FILES && mostGrownMb <= MOST_GROWTH_MB;
// The native threads of the agents' rooms would keep the process up.
process.exit(clean && faults.length === 0 && records === calls + busy ? 0 : 1);
