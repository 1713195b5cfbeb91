import * as common from '@grafana/grafana-foundation-sdk/common';
import {
  DashboardBuilder,
  DashboardCursorSync,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  RowBuilder,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  VariableRefresh,
  type Dashboard,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TimeseriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import type { StageName } from '@patchbay/common/budget';
import { limitSeconds } from '../stages.ts';

/** Range of every rate on a dashboard: Grafana makes it fit the zoom. */
export const RATE = '$__rate_interval';

/** Units as Grafana calls them. */
export type Unit =
  | 's'
  | 'ms'
  | 'µs'
  | 'short'
  | 'percentunit'
  | 'percent'
  | 'reqps'
  | 'reqpm'
  | 'bytes'
  | 'pps'
  | 'cps';

export interface Query {
  expr: string;
  /** Name of the line, such as `{{door}}`. */
  legend: string;
}

/** A line that a figure should stay below, or above. */
export interface Line {
  at: number;
  color: 'orange' | 'red';
}

export interface PanelOptions {
  title: string;
  unit: Unit;
  queries: readonly Query[];
  /** What the figure means, and what is normal. */
  description?: string;
  lines?: readonly Line[];
  /** Good is above the lines, not below. */
  goodAbove?: boolean;
  /** Of 24 columns. Default 8. */
  width?: number;
  stacked?: boolean;
}

export interface DashboardOptions {
  /** Also the file's name. */
  uid: string;
  title: string;
  description: string;
  /** Labels to choose by, each with the series whose values are offered. */
  choices?: Readonly<Record<string, string>>;
  rows: readonly { title: string; panels: readonly (TimeseriesBuilder | StatBuilder)[] }[];
}

const DATASOURCE = { type: 'prometheus', uid: '${datasource}' };
const HEIGHT = 7;

/** p50 and p95 of a stage's budget. */
export function budgetLines(stage: StageName): Line[] {
  return [
    { at: limitSeconds(stage, 'p50'), color: 'orange' },
    { at: limitSeconds(stage, 'p95'), color: 'red' },
  ];
}

/** Lines over time. */
export function graph(options: PanelOptions): TimeseriesBuilder {
  const panel = new TimeseriesBuilder()
    .title(options.title)
    .datasource(DATASOURCE)
    .unit(options.unit)
    .height(HEIGHT)
    .span(options.width ?? 8)
    .lineWidth(1)
    .fillOpacity(options.stacked ? 30 : 8)
    .showPoints(common.VisibilityMode.Never)
    .axisSoftMin(0);
  if (options.description !== undefined) panel.description(options.description);
  if (options.lines) {
    const style = new common.GraphThresholdsStyleConfigBuilder();
    panel.thresholdsStyle(style.mode(common.GraphThresholdsStyleMode.Dashed));
    panel.thresholds(thresholds(options));
  }
  if (options.stacked) {
    panel.stacking(new common.StackingConfigBuilder().mode(common.StackingMode.Normal));
  }
  for (const query of targets(options)) panel.withTarget(query);
  return panel;
}

/** The latest figure, large. */
export function figure(options: PanelOptions): StatBuilder {
  const panel = new StatBuilder()
    .title(options.title)
    .datasource(DATASOURCE)
    .unit(options.unit)
    .height(HEIGHT)
    .span(options.width ?? 4)
    .graphMode(common.BigValueGraphMode.Area)
    .thresholds(thresholds(options));
  if (options.description !== undefined) panel.description(options.description);
  for (const query of targets(options)) panel.withTarget(query);
  return panel;
}

/** Put a dashboard together. Panels get their ids in order, so that the file changes little. */
export function dashboard(options: DashboardOptions): Dashboard {
  const builder = new DashboardBuilder(options.title)
    .uid(options.uid)
    .description(options.description)
    .tags(['patchbay'])
    .tooltip(DashboardCursorSync.Crosshair)
    .refresh('30s')
    .time({ from: 'now-1h', to: 'now' })
    .timezone('browser')
    .readonly()
    .withVariable(
      new DatasourceVariableBuilder('datasource').label('Prometheus').type('prometheus'),
    );
  for (const [label, series] of Object.entries(options.choices ?? {})) {
    builder.withVariable(
      new QueryVariableBuilder(label)
        .label(label)
        .datasource(DATASOURCE)
        .query(`label_values(${series}, ${label})`)
        .refresh(VariableRefresh.OnTimeRangeChanged)
        .multi(true)
        .includeAll(true)
        .allValue('.*')
        .current({ text: ['All'], value: ['$__all'] }),
    );
  }
  let id = 0;
  for (const { title, panels } of options.rows) {
    builder.withRow(new RowBuilder(title).id(++id));
    for (const panel of panels) builder.withPanel(panel.id(++id));
  }
  return builder.build();
}

/** Histograms whose buckets name a trace (common/exemplar). */
const TRACED =
  /patchbay_(agent_turn|bridge_answer|bridge_agent_ready|api_agent_ready|api_request)_seconds_bucket/;

function targets({ queries }: PanelOptions): DataqueryBuilder[] {
  return queries.map(({ expr, legend }, index) => {
    const query = new DataqueryBuilder()
      .refId(String.fromCharCode(65 + index))
      .datasource(DATASOURCE)
      .expr(expr)
      .legendFormat(legend)
      .range();
    // Dots that lead to the trace of a call.
    return TRACED.test(expr) ? query.exemplar(true) : query;
  });
}

function thresholds({ lines = [], goodAbove = false }: PanelOptions): ThresholdsConfigBuilder {
  const ascending = [...lines].sort((a, b) => a.at - b.at);
  // Each step colours what is above it: where good is above, a line's colour belongs below it.
  const colors = goodAbove
    ? [...ascending.map(({ color }) => color), 'green']
    : ['green', ...ascending.map(({ color }) => color)];
  return new ThresholdsConfigBuilder()
    .mode(ThresholdsMode.Absolute)
    .steps(colors.map((color, index) => ({ value: ascending[index - 1]?.at ?? null, color })));
}
