import type { LoadReport } from './report.ts';

type Judged = Pick<LoadReport, 'ok' | 'smoke' | 'vouched' | 'cutShort'>;

/**
 * Run a smoke test once more when it failed by figures that nobody vouches for: where the caller's own
 * packets were late, the caller may have misheard what was said rightly (20 ms more within "two
 * thousand" are "fifty two thousand" to the offline recogniser). The second run's verdict stands.
 */
export async function onceMoreIfDoubted<Report extends Judged>(
  run: () => Promise<Report>,
  print: (line: string) => void,
): Promise<Report> {
  const report = await run();
  const { ok, smoke, vouched, cutShort } = report;
  if (ok || !smoke || vouched || cutShort !== undefined) return report;
  print('It failed, but the machine was too busy to tell why: once more …');
  return run();
}
