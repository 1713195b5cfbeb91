import { BUDGET, type StageName } from '@patchbay/common/budget';
import type { CallRecord } from '@patchbay/common/call-record';
import type { SpokenLine } from '../stack/observer.ts';
import type { StagesMs } from './door-report.ts';
import { textTable } from './text-table.ts';

/** A table with one line per stage and one column per turn, against the budget's p95. */
export function stageTable(turns: readonly { stagesMs: StagesMs }[]): string {
  const stages = (Object.keys(BUDGET) as StageName[]).filter((stage) =>
    turns.some((turn) => turn.stagesMs[stage] !== undefined),
  );
  const heads = ['stage', ...turns.map((_, index) => `turn ${index + 1}`), 'budget p95', ''];
  const rows = stages.map((stage) => {
    const values = turns.map((turn) => turn.stagesMs[stage]);
    const worst = Math.max(...values.map((value) => value ?? 0));
    const limit = BUDGET[stage].p95Ms;
    return [
      BUDGET[stage].title,
      ...values.map((value) => (value === undefined ? '–' : `${Math.round(value)} ms`)),
      `${limit} ms`,
      worst <= limit ? '✓' : 'over',
    ];
  });
  return textTable([heads, ...rows]);
}

/** The call's record in the lines a person would look for. */
export function recordSummary(record: CallRecord): string {
  const { at } = record;
  const since = (value: number | undefined) =>
    value === undefined ? '–' : `${Math.round(value - at.startMs)} ms`;
  const rows: [string, string][] = [
    ['call', record.callId],
    ['door', record.door],
    ['agent', record.agent ?? '–'],
    ['result', `${record.result}: ${record.detail}`],
    ['length', `${((at.endMs - at.startMs) / 1_000).toFixed(1)} s`],
    ['ringing after', since(at.ringingMs)],
    ['agent ready after', since(at.agentReadyMs)],
    ['answered after', since(at.answeredMs)],
  ];
  if (record.sip) {
    const { transport, codec, status } = record.sip;
    rows.push(['SIP', `${transport.toUpperCase()}, ${codec ?? 'no codec'}, ${status ?? '–'}`]);
  }
  if (record.media) {
    const { in: heard, out } = record.media;
    rows.push(
      [
        'RTP from the phone',
        `${heard.packets} packets, ${heard.lost} lost, jitter ${heard.jitterMs.toFixed(1)} ms`,
      ],
      ['RTP to the phone', `${out.packets} packets, ${out.underruns} underruns`],
    );
  }
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `  ${name.padEnd(width)}   ${value}`).join('\n');
}

/** One line of the conversation as it is printed while it happens. */
export function spokenLine(line: SpokenLine, startMs: number): string {
  const seconds = ((line.atMs - startMs) / 1_000).toFixed(1).padStart(6);
  return `${seconds} s  ${line.who === 'agent' ? 'agent ' : 'caller'}  ${line.text}`;
}
