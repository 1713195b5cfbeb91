import type { Baseline } from '../baseline.ts';
import type { Leaks, LoadReport } from '../report.ts';
import { capacityCharts } from './capacity-charts.ts';
import { escape } from './escape.ts';
import { STYLE } from './style.ts';
import { budgetTable, comparisonTable, doorTable } from './tables.ts';
import { waterfallCharts } from './waterfall.ts';

/** The report as one page that needs nothing else. @param baseline an earlier run to compare with */
export function reportHtml(report: LoadReport, baseline?: Baseline): string {
  const { calls, machine } = report;
  const waterfall = waterfallCharts(report.doors);
  const capacity = capacityCharts(report.smoke ? [] : report.capacity);
  const verdict = report.ok ? ['pass', 'Passed'] : ['fail', 'Failed'];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Load test ${escape(report.script)}: ${verdict[1]}</title><style>${STYLE}</style></head>
<body><main>
<header><h1>Load test: ${escape(report.script)}</h1><span class="verdict ${verdict[0]}">${verdict[1]}</span></header>
<p class="when">${escape(report.startedAt.replace('T', ' ').replace(/\.\d+Z/, ' UTC'))}, ${report.seconds} s, against ${escape(report.target)}${report.cutShort === undefined ? '' : `, cut short by ${escape(report.cutShort)}`}</p>
${said('bad', 'Why it failed', report.reasons)}
${said('warn', 'To know', report.notes)}
<div class="numbers">
${number(calls.placed, 'calls placed')}${number(calls.understood, 'understood')}${number(calls.failed, 'failed')}${number(`${Math.round(machine.cpuPct)} %`, `of ${machine.cores} cores busy`)}${number(report.vouched ? 'yes' : 'no', 'figures vouched for')}
</div>
${section('Budget', report.budget.length === 0 ? '' : `${budgetTable(report.budget)}<p class="hint">In ms. A bar that reaches its end is at the limit.</p>`)}
${section('What callers met', doorTable(report.doors))}
${section('Where the median turn goes', waterfall && `${waterfall}<p class="hint">In ms from the end of the caller’s speech. Dashed: the budget from mouth to ear, p50.</p>`)}
${section('By calls at once', capacity && `${capacity}<p class="hint">Hollow: the driver itself was too busy to vouch for the figure.</p>`)}
${section('Compared with an earlier run', baseline ? comparisonTable(report, baseline) : '')}
${section('Other limits', thresholdTable(report))}
${section('Calls that went wrong', list(report.failures.map(({ count, reason }) => `${count} × ${reason}`)))}
${section('Left behind', report.leaks ? leakTable(report.leaks) : '')}
</main></body></html>
`;
}

function section(title: string, content: string): string {
  return content === '' ? '' : `<section><h2>${escape(title)}</h2>${content}</section>`;
}

function said(kind: string, title: string, lines: readonly string[]): string {
  if (lines.length === 0) return '';
  return `<section class="said ${kind}"><h2>${escape(title)}</h2>${list(lines)}</section>`;
}

function list(lines: readonly string[]): string {
  if (lines.length === 0) return '';
  return `<ul>${lines.map((line) => `<li>${escape(line)}</li>`).join('')}</ul>`;
}

function number(value: string | number, what: string): string {
  return `<div><b>${escape(value)}</b><span>${escape(what)}</span></div>`;
}

function thresholdTable({ thresholds }: LoadReport): string {
  if (thresholds.length === 0) return '';
  const rows = thresholds.map(({ name, limit, value, ok }) => {
    const found = value === undefined ? '–' : Math.round(value * 100) / 100;
    return `<tr><th scope="row">${escape(name)}</th><td>${escape(limit)}</td><td>${found}</td><td class="${ok ? 'better' : 'worse'}">${ok ? '✓' : '✗'}</td></tr>`;
  });
  return `<div class="wide"><table><thead><tr><th></th><th>limit</th><th>found</th><th></th></tr></thead><tbody>${rows.join('\n')}</tbody></table></div>`;
}

function leakTable({ rssMb, ...counts }: Leaks): string {
  const left = Object.entries(counts).map(
    ([what, count]) =>
      `<tr><th scope="row">${escape(what)}</th><td class="${count === 0 ? 'same' : 'worse'}">${count}</td></tr>`,
  );
  const memory = Object.entries(rssMb).map(
    ([part, { before, after }]) =>
      `<tr><th scope="row">memory of ${escape(part)}</th><td>${before} → ${after} MB</td></tr>`,
  );
  return `<div class="wide"><table><tbody>${left.join('')}${memory.join('')}</tbody></table></div>`;
}
