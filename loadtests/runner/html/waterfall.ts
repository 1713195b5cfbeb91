import { BUDGET, type StageName } from '@patchbay/common/budget';
import type { DoorFigures } from '../report.ts';
import { DOOR_TITLES, escape } from './escape.ts';

const WIDTH = 760;
const LABEL_WIDTH = 180;
const VALUE_WIDTH = 64;
const ROW_HEIGHT = 26;
const BAR_HEIGHT = 14;
const AXIS_HEIGHT = 24;

export interface WaterfallBar {
  title: string;
  kind: StageName | 'between';
  fromMs: number;
  toMs: number;
}

/**
 * Where the median turn of a door spends its time. Speech to text runs while the end of the turn is
 * awaited. What no stage accounts for (buffers, the network, the room) stands before the bridge's way
 * back, so that the bars end at the ear.
 */
export function waterfallBars({ medianMs }: Pick<DoorFigures, 'medianMs'>): WaterfallBar[] {
  const bars: WaterfallBar[] = [];
  let atMs = 0;
  const then = (kind: StageName) => {
    const ms = medianMs[kind];
    if (ms === undefined) return;
    bars.push({ title: BUDGET[kind].title, kind, fromMs: atMs, toMs: atMs + ms });
    atMs += ms;
  };
  then('bridgeIn');
  if (medianMs.stt !== undefined) {
    const toMs = atMs + medianMs.stt;
    bars.push({ title: BUDGET.stt.title, kind: 'stt', fromMs: atMs, toMs });
  }
  then('endOfTurn');
  then('llm');
  then('tts');
  const back = medianMs.bridgeOut ?? 0;
  const ear = medianMs.mouthToEar;
  if (ear !== undefined && ear - back > atMs) {
    bars.push({
      title: 'Between: buffers, network',
      kind: 'between',
      fromMs: atMs,
      toMs: ear - back,
    });
    atMs = ear - back;
  }
  then('bridgeOut');
  return bars;
}

/** One chart for each door, all on one scale. */
export function waterfallCharts(doors: readonly DoorFigures[]): string {
  const shown = doors.map((door) => ({ door, bars: waterfallBars(door) }));
  const limit = BUDGET.mouthToEar.p50Ms;
  const ends = shown.flatMap(({ bars }) => bars.map(({ toMs }) => toMs));
  if (ends.length === 0) return '';
  const mostMs = Math.max(limit * 1.05, ...ends);
  return shown
    .filter(({ bars }) => bars.length > 0)
    .map(({ door, bars }) => chart(door, bars, { mostMs, limit }))
    .join('\n');
}

function chart(
  { door, medianMs }: DoorFigures,
  bars: readonly WaterfallBar[],
  { mostMs, limit }: { mostMs: number; limit: number },
): string {
  const x = (ms: number) => LABEL_WIDTH + (ms / mostMs) * (WIDTH - LABEL_WIDTH - VALUE_WIDTH);
  const height = bars.length * ROW_HEIGHT + AXIS_HEIGHT;
  const bottom = bars.length * ROW_HEIGHT;
  const rows = bars.map(({ title, kind, fromMs, toMs }, row) => {
    const y = row * ROW_HEIGHT + (ROW_HEIGHT - BAR_HEIGHT) / 2;
    const middle = row * ROW_HEIGHT + ROW_HEIGHT / 2;
    const width = Math.max(2, x(toMs) - x(fromMs));
    return `<text class="label" x="0" y="${middle}">${escape(title)}</text>
<rect class="bar ${kind}" x="${x(fromMs).toFixed(1)}" y="${y}" width="${width.toFixed(1)}" height="${BAR_HEIGHT}" rx="3"><title>${escape(title)}: ${Math.round(toMs - fromMs)} ms</title></rect>
<text class="value" x="${(x(toMs) + 6).toFixed(1)}" y="${middle}">${Math.round(toMs - fromMs)} ms</text>`;
  });
  const ticks = scale(mostMs).map(
    (ms) =>
      `<line class="grid" x1="${x(ms).toFixed(1)}" x2="${x(ms).toFixed(1)}" y1="0" y2="${bottom}"/><text class="tick" x="${x(ms).toFixed(1)}" y="${bottom + 16}">${ms}</text>`,
  );
  const ear = medianMs.mouthToEar;
  const sum = ear === undefined ? '' : `, ${Math.round(ear)} ms from mouth to ear`;
  return `<figure><figcaption>${escape(DOOR_TITLES[door])}${sum}</figcaption>
<div class="wide"><svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="Median turn at the ${escape(door)} door">
${ticks.join('\n')}
${rows.join('\n')}
<line class="limit" x1="${x(limit).toFixed(1)}" x2="${x(limit).toFixed(1)}" y1="0" y2="${bottom}"><title>Budget of mouth to ear, p50: ${limit} ms</title></line>
</svg></div></figure>`;
}

/** Round steps, seven of them at most. */
export function scale(most: number): number[] {
  const rough = most / 7;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough) ?? rough;
  const steps: number[] = [];
  for (let at = 0; at <= most; at += step) steps.push(Math.round(at * 1_000) / 1_000);
  return steps;
}
