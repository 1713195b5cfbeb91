import { OBJECTIVES } from '@patchbay/common/budget';
import type { AlertRule, RuleGroup, Severity } from './rule.ts';
import type { BurnWindow } from './recording.ts';

interface Burn {
  /** The budget of 30 days is used up this many times faster than it lasts. */
  rate: number;
  long: BurnWindow;
  /** Must hold here too, so that the alert ends soon after the fault. */
  short: BurnWindow;
}

/** The pairs of windows of The Site Reliability Workbook, chapter 5, table 5-8. */
const BURNS: Readonly<Record<Severity, readonly Burn[]>> = {
  critical: [
    { rate: 14.4, long: '1h', short: '5m' },
    { rate: 6, long: '6h', short: '30m' },
  ],
  warning: [
    { rate: 3, long: '1d', short: '2h' },
    { rate: 1, long: '3d', short: '6h' },
  ],
};

/** Fewer failures than this in the long window are no trend. */
const LEAST_FAILED_CALLS = 3;
const SECONDS: Readonly<Record<BurnWindow, number>> = {
  '5m': 300,
  '30m': 1_800,
  '1h': 3_600,
  '2h': 7_200,
  '6h': 21_600,
  '1d': 86_400,
  '3d': 259_200,
};

function burning(ratio: string, objective: number, severity: Severity): string[] {
  return BURNS[severity].map(({ rate, long, short }) => {
    const limit = Number((rate * (1 - objective)).toPrecision(6));
    return `(${ratio}_rate${long} > ${limit} and ${ratio}_rate${short} > ${limit})`;
  });
}

function callsFailing(severity: Severity): string {
  const parts = burning('patchbay:calls_failed:ratio', OBJECTIVES.available, severity);
  return parts
    .map((part, index) => {
      const long = BURNS[severity][index]?.long ?? '1h';
      // Rounded: rates are averages, so a whole number of calls comes out a little off.
      const failed = `round(patchbay:calls_failed:rate${long} * ${SECONDS[long]})`;
      return `(${part} and ${failed} >= ${LEAST_FAILED_CALLS})`;
    })
    .join(' or ');
}

const turnsSlow = (severity: Severity) =>
  burning('patchbay:turns_slow:ratio', OBJECTIVES.fast, severity).join(' or ');

/** Burn-rate alerts on what we promise. */
export const OBJECTIVE_ALERTS: RuleGroup<AlertRule> = {
  name: 'patchbay-objectives-burn',
  rules: [
    {
      alert: 'CallsFailingFast',
      expr: callsFailing('critical'),
      severity: 'critical',
      summary: '{{ $value | humanizePercentage }} of calls fail: the error budget goes fast.',
    },
    {
      alert: 'CallsFailingSlowly',
      expr: callsFailing('warning'),
      severity: 'warning',
      summary: '{{ $value | humanizePercentage }} of calls fail: the error budget won’t last.',
    },
    {
      alert: 'TurnsSlowFast',
      expr: turnsSlow('critical'),
      severity: 'critical',
      summary: '{{ $value | humanizePercentage }} of answers come later than the budget allows.',
    },
    {
      alert: 'TurnsSlowSlowly',
      expr: turnsSlow('warning'),
      severity: 'warning',
      summary: '{{ $value | humanizePercentage }} of answers come late; the budget won’t last.',
    },
  ],
};
