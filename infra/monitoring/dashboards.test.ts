import { expect, it } from 'vitest';
import { DASHBOARDS } from './dashboards/all.ts';
import { NOT_ON_A_LAPTOP, panelQueries, seriesOf, withoutVariables } from './panel-queries.ts';

it.each(DASHBOARDS)(
  '$title has panels with titles of their own, none over another',
  ({ panels }) => {
    const shown = (panels ?? []) as {
      title: string;
      id: number;
      gridPos: { x: number; y: number; w: number; h: number };
    }[];
    expect(shown.length).toBeGreaterThan(5);
    expect(new Set(shown.map(({ title }) => title)).size).toBe(shown.length);
    expect(new Set(shown.map(({ id }) => id)).size).toBe(shown.length);
    const taken = new Set<string>();
    for (const { title, gridPos } of shown) {
      expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect(taken.has(`${x},${y}`), `${title} lies over another panel`).toBe(false);
          taken.add(`${x},${y}`);
        }
      }
    }
  },
);

it('every query takes its range from the zoom, and no variable is left that nobody sets', () => {
  for (const { where, expr } of panelQueries()) {
    expect(withoutVariables(expr, '1m'), where).not.toContain('$');
    if (/\brate\(/.test(expr)) expect(expr, where).toContain('$__rate_interval');
  }
});

it('the latency of a turn leads to the traces of its calls, the memory of a process to none', () => {
  const targets = DASHBOARDS.flatMap(({ panels }) =>
    (panels ?? []).flatMap((panel) =>
      'targets' in panel
        ? (panel.targets as unknown as { expr: string; exemplar?: boolean }[])
        : [],
    ),
  );
  const leads = targets.filter(({ exemplar }) => exemplar).map(({ expr }) => expr);
  expect(leads.some((expr) => expr.includes('patchbay_agent_turn_seconds_bucket'))).toBe(true);
  expect(leads.some((expr) => expr.includes('resident_memory'))).toBe(false);
});

it('what a laptop is said not to have is asked for somewhere', () => {
  const asked = panelQueries().flatMap(({ expr }) => seriesOf(expr));
  for (const { series } of NOT_ON_A_LAPTOP) {
    expect(
      asked.some((name) => series.test(name)),
      String(series),
    ).toBe(true);
  }
});
