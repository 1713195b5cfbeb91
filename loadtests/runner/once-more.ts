import type { LoadReport } from './report.ts';

/**
 * Run a smoke test once more when all that was wrong is what a caller heard, and nobody vouches for the
 * run: on a machine too busy the caller itself may have misheard (20 ms more within "two thousand" are
 * "fifty two thousand" to the offline recogniser). What failed otherwise or was left behind stands, and
 * so does the second run's verdict.
 */
export async function onceMoreIfMisheard(
  run: () => Promise<LoadReport>,
  print: (line: string) => void,
): Promise<LoadReport> {
  const report = await run();
  if (!report.smoke || report.vouched || !onlyMisheard(report)) return report;
  for (const { reason } of report.failures) print(`✗ ${reason}`);
  print(`The caller may have misheard, since ${report.doubts.join('; ')}. Once more …`);
  return run();
}

function onlyMisheard({ reasons, thresholds, calls }: LoadReport): boolean {
  const notAllRight = thresholds.some(({ name, ok }) => name === 'calls_ok' && !ok);
  return notAllRight && reasons.length === 1 && calls.failed === 0;
}
