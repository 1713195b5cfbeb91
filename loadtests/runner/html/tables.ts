import { BUDGET, type StageName } from '@patchbay/common/budget';
import { DOORS } from '../../budget.ts';
import type { Baseline } from '../baseline.ts';
import { DOOR_LINES } from '../door-lines.ts';
import type { BudgetRow, DoorFigures, LoadReport } from '../report.ts';
import { DOOR_TITLES, escape } from './escape.ts';

/** A change smaller than this is no change: what two runs differ by on their own. */
const CHANGE_PCT = 10;

/** Stages down, doors across: p50 and p95 against their limits. */
export function budgetTable(rows: readonly BudgetRow[]): string {
  if (rows.length === 0) return '<p>No stage was measured.</p>';
  const doors = DOORS.filter((door) => rows.some((row) => row.door === door));
  const stages = (Object.keys(BUDGET) as StageName[]).filter((stage) =>
    rows.some((row) => row.stage === stage),
  );
  const head = doors.map(
    (door) => `<th colspan="2" scope="colgroup">${escape(DOOR_TITLES[door])}</th>`,
  );
  const body = stages.map((stage) => {
    const cells = doors.map((door) => {
      const row = rows.find((one) => one.stage === stage && one.door === door);
      if (!row) return '<td class="none" colspan="2">–</td>';
      return gauge(row.p50Ms, row.p50LimitMs, 'p50') + gauge(row.p95Ms, row.limitMs, 'p95');
    });
    return `<tr><th scope="row">${escape(BUDGET[stage].title)}</th>${cells.join('')}</tr>`;
  });
  const sub = doors.map(() => '<th>p50</th><th>p95</th>').join('');
  return `<div class="wide"><table class="budget"><thead><tr><th rowspan="2"></th>${head.join('')}</tr><tr>${sub}</tr></thead><tbody>${body.join('\n')}</tbody></table></div>`;
}

function gauge(value: number, limit: number | undefined, name: string): string {
  if (limit === undefined) return `<td class="gauge"><b>${Math.round(value)}</b></td>`;
  const part = Math.min(100, (100 * value) / limit);
  const state = value > limit ? 'over' : value > 0.85 * limit ? 'near' : 'within';
  return `<td class="gauge ${state}" title="${name} ${value} ms, limit ${limit} ms"><b>${Math.round(value)}</b><small> of ${limit}</small><i style="width:${part.toFixed(0)}%"></i></td>`;
}

/** What callers met, doors side by side. */
export function doorTable(doors: readonly DoorFigures[]): string {
  if (doors.length === 0) return '';
  const head = doors.map(({ door }) => `<th>${escape(DOOR_TITLES[door])}</th>`).join('');
  const body = DOOR_LINES.map(
    ([title, cell]) =>
      `<tr><th scope="row">${escape(title)}</th>${doors.map((door) => `<td>${escape(cell(door))}</td>`).join('')}</tr>`,
  );
  return `<div class="wide"><table><thead><tr><th>p50 / p95</th>${head}</tr></thead><tbody>${body.join('\n')}</tbody></table></div>`;
}

/** This run against an earlier one. */
export function comparisonTable(report: LoadReport, baseline: Baseline): string {
  const body = report.budget.flatMap((row) => {
    const before = baseline.budget.find(
      ({ stage, door }) => stage === row.stage && door === row.door,
    );
    if (!before) return [];
    return `<tr><th scope="row">${escape(BUDGET[row.stage].title)}</th><td>${escape(DOOR_TITLES[row.door])}</td>${changeCells(before.p50Ms, row.p50Ms)}${changeCells(before.p95Ms, row.p95Ms)}</tr>`;
  });
  if (body.length === 0) return '<p>The two runs have no stage in common.</p>';
  return `<p>Against ${escape(baseline.script)} of ${escape(baseline.startedAt)}.</p><div class="wide"><table><thead><tr><th>Stage</th><th>Door</th><th>p50 before</th><th>now</th><th></th><th>p95 before</th><th>now</th><th></th></tr></thead><tbody>${body.join('\n')}</tbody></table></div>`;
}

function changeCells(before: number, now: number): string {
  const pct = before === 0 ? 0 : (100 * (now - before)) / before;
  // A few ms more of next to nothing are no change either.
  const small = Math.abs(pct) < CHANGE_PCT || Math.abs(now - before) < 10;
  const state = small ? 'same' : pct > 0 ? 'worse' : 'better';
  const change = small ? '≈' : `${pct > 0 ? '+' : '−'}${Math.abs(Math.round(pct))} %`;
  return `<td>${Math.round(before)}</td><td>${Math.round(now)}</td><td class="${state}">${change}</td>`;
}
