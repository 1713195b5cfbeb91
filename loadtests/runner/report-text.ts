import { BUDGET } from '@patchbay/common/budget';
import { textTable } from '@patchbay/sandbox/demo/text-table';
import { DOOR_LINES } from './door-lines.ts';
import type { CapacityPoint, DoorFigures, LoadReport } from './report.ts';

/** The report for a terminal. */
export function reportText(report: LoadReport): string {
  const parts = [
    budgetTable(report),
    doorTable(report.doors),
    report.smoke || report.capacity.length < 3 ? '' : capacityTable(report.capacity),
    thresholdLines(report),
    leakLines(report),
    closing(report),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

function budgetTable({ budget }: LoadReport): string {
  if (budget.length === 0) return '';
  const rows = budget.map((row) => [
    BUDGET[row.stage].title,
    row.phase === undefined ? row.door : `${row.door} (${row.phase})`,
    `${row.p50Ms} ms`,
    row.p50LimitMs === undefined ? '–' : `${row.p50LimitMs} ms`,
    `${row.p95Ms} ms`,
    `${row.limitMs} ms`,
    String(row.count),
    row.ok ? '✓' : '✗ over',
  ]);
  return textTable([['stage', 'door', 'p50', 'limit', 'p95', 'limit', 'n', ''], ...rows]);
}

function doorTable(doors: readonly DoorFigures[]): string {
  if (doors.length === 0) return '';
  return textTable([
    ['p50 / p95', ...doors.map(({ door }) => door)],
    ...DOOR_LINES.map(([title, cell]) => [title, ...doors.map(cell)]),
  ]);
}

function capacityTable(points: readonly CapacityPoint[]): string {
  const rows = points.map((point) => [
    String(point.calls),
    `${point.ok} of ${point.count}`,
    point.p50Ms === undefined ? '–' : `${point.p50Ms} ms`,
    point.p95Ms === undefined ? '–' : `${point.p95Ms} ms`,
    point.mos?.toFixed(2) ?? '–',
    point.cpuPct === undefined ? '–' : `${Math.round(point.cpuPct)} %`,
    point.vouched ? '' : 'not vouched for',
  ]);
  const heads = ['calls at once', 'right', 'mouth to ear p50', 'p95', 'MOS', 'machine', ''];
  return textTable([heads, ...rows]);
}

function thresholdLines({ thresholds }: LoadReport): string {
  return thresholds
    .map(({ name, limit, value, ok }) => {
      const found = value === undefined ? '' : `, found ${Math.round(value * 100) / 100}`;
      return `  ${ok ? '✓' : '✗'} ${name}: ${limit}${found}`;
    })
    .join('\n');
}

function leakLines({ leaks }: LoadReport): string {
  if (!leaks) return '';
  const { rssMb, ...counts } = leaks;
  const left = Object.entries(counts).map(([what, count]) => `${what} ${count}`);
  const memory = Object.entries(rssMb).map(
    ([part, { before, after }]) => `${part} ${before} → ${after} MB`,
  );
  return `  Left behind: ${left.join(', ')}\n  Memory: ${memory.join(', ')}`;
}

function closing(report: LoadReport): string {
  const { placed, understood, failed } = report.calls;
  const lines = [
    `  ${placed} calls placed, ${understood} understood, ${failed} failed, in ${report.seconds} s; the machine (${report.machine.cores} cores) was ${Math.round(report.machine.cpuPct)} % busy`,
    ...report.failures.slice(0, 8).map(({ reason, count }) => `  ${count} × ${reason}`),
    ...report.notes.map((note) => `  Note: ${note}.`),
    ...report.reasons.map((reason) => `  ✗ ${reason}`),
    report.ok ? `  ✓ ${report.script} passed` : `  ✗ ${report.script} failed`,
  ];
  return lines.join('\n');
}
