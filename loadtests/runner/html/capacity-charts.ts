import { BUDGET } from '@patchbay/common/budget';
import type { CapacityPoint } from '../report.ts';
import { escape } from './escape.ts';
import { scale } from './waterfall.ts';

const WIDTH = 760;
const HEIGHT = 190;
const LEFT = 52;
const RIGHT = 16;
const TOP = 12;
const BOTTOM = 34;

interface Curve {
  name: string;
  kind: string;
  values: readonly (number | undefined)[];
}

/** Three charts below each other over the number of calls at once: answer time, MOS, processor. */
export function capacityCharts(points: readonly CapacityPoint[]): string {
  if (points.length < 3) return '';
  const answers: Curve[] = [
    { name: 'p50', kind: 'p50', values: points.map(({ p50Ms }) => p50Ms) },
    { name: 'p95', kind: 'p95', values: points.map(({ p95Ms }) => p95Ms) },
  ];
  const limit = BUDGET.mouthToEar.p95Ms;
  const slowest = Math.max(limit, ...answers.flatMap(({ values }) => values.map((v) => v ?? 0)));
  const mos: Curve = { name: 'MOS', kind: 'mos', values: points.map((point) => point.mos) };
  const cpu: Curve = { name: 'busy', kind: 'cpu', values: points.map(({ cpuPct }) => cpuPct) };
  return [
    chart('Mouth to ear, ms', points, answers, { from: 0, to: slowest * 1.1, limit }),
    chart('MOS at the caller’s ear', points, [mos], { from: 1, to: 4.5 }),
    chart('Machine, % busy', points, [cpu], { from: 0, to: 100 }),
  ].join('\n');
}

function chart(
  title: string,
  points: readonly CapacityPoint[],
  curves: readonly Curve[],
  range: { from: number; to: number; limit?: number },
): string {
  const mostCalls = Math.max(...points.map(({ calls }) => calls));
  const fewest = Math.min(...points.map(({ calls }) => calls));
  const x = (calls: number) =>
    LEFT + ((calls - fewest) / Math.max(1, mostCalls - fewest)) * (WIDTH - LEFT - RIGHT);
  const y = (value: number) =>
    TOP + (1 - (value - range.from) / (range.to - range.from)) * (HEIGHT - TOP - BOTTOM);
  const grid = scale(range.to)
    .filter((value) => value >= range.from)
    .map(
      (value) =>
        `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(value).toFixed(1)}" y2="${y(value).toFixed(1)}"/><text class="tick end" x="${LEFT - 8}" y="${(y(value) + 4).toFixed(1)}">${value}</text>`,
    );
  const ticks = points.map(
    ({ calls }) =>
      `<text class="tick" x="${x(calls).toFixed(1)}" y="${HEIGHT - 16}">${calls}</text>`,
  );
  const limit =
    range.limit === undefined
      ? ''
      : `<line class="limit" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(range.limit).toFixed(1)}" y2="${y(range.limit).toFixed(1)}"/>`;
  const lines = curves.map(({ name, kind, values }) => {
    const known = points.flatMap((point, index) => {
      const value = values[index];
      return value === undefined ? [] : [{ point, value }];
    });
    const path = known.map(
      ({ point, value }) => `${x(point.calls).toFixed(1)},${y(value).toFixed(1)}`,
    );
    const dots = known.map(
      ({ point, value }) =>
        `<circle class="dot ${kind}${point.vouched ? '' : ' doubt'}" cx="${x(point.calls).toFixed(1)}" cy="${y(value).toFixed(1)}" r="4"><title>${point.calls} calls: ${escape(name)} ${Math.round(value * 100) / 100}${point.vouched ? '' : ', not vouched for'}</title></circle>`,
    );
    return `<polyline class="curve ${kind}" points="${path.join(' ')}"/>${dots.join('')}`;
  });
  const keys =
    curves.length > 1
      ? curves.map(({ name, kind }) => `<span class="key ${kind}">${escape(name)}</span>`).join('')
      : '';
  const limitKey = range.limit === undefined ? '' : '<span class="key limit">budget, p95</span>';
  return `<figure><figcaption>${escape(title)}${keys}${limitKey}</figcaption>
<div class="wide"><svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escape(title)} by calls at once">
${grid.join('\n')}${ticks.join('')}
<text class="tick" x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 1}">calls at once</text>
${limit}${lines.join('\n')}
</svg></div></figure>`;
}
