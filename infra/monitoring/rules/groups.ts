import { AGENT_ALERTS } from './agents.ts';
import { CALL_ALERTS } from './calls.ts';
import { DOOR_ALERTS } from './doors.ts';
import { MEDIA_ALERTS } from './media.ts';
import { OBJECTIVE_ALERTS } from './objectives.ts';
import { PROCESS_ALERTS } from './processes.ts';
import { RECORDING_GROUPS } from './recording.ts';
import type { AlertRule, RecordingRule, RuleGroup } from './rule.ts';

export const ALERT_GROUPS: readonly RuleGroup<AlertRule>[] = [
  OBJECTIVE_ALERTS,
  CALL_ALERTS,
  MEDIA_ALERTS,
  AGENT_ALERTS,
  PROCESS_ALERTS,
  DOOR_ALERTS,
];

/** Every alert there is. */
export const ALERTS: readonly AlertRule[] = ALERT_GROUPS.flatMap(({ rules }) => rules);

/** Stands in the rule file for where the runbook is; the chart puts its value there. */
export const RUNBOOK_PLACE = 'RUNBOOK_URL';

/** Name of the section of docs/runbook.md, as links have it. */
export function runbookAnchor(alert: string): string {
  return alert.toLowerCase();
}

/** The rules as Prometheus reads them from a file. */
export function ruleFile(): { groups: RuleGroup<object>[] } {
  return {
    groups: [
      ...RECORDING_GROUPS.map(({ name, rules }) => ({ name, rules: rules.map(recording) })),
      ...ALERT_GROUPS.map(({ name, rules }) => ({ name, rules: rules.map(alerting) })),
    ],
  };
}

function recording({ record, expr, labels }: RecordingRule): object {
  return { record, expr, ...(labels ? { labels } : {}) };
}

function alerting(rule: AlertRule): object {
  return {
    alert: rule.alert,
    expr: rule.expr,
    ...(rule.for === undefined ? {} : { for: rule.for }),
    labels: { severity: rule.severity },
    annotations: {
      summary: rule.summary,
      runbook_url: `${RUNBOOK_PLACE}#${runbookAnchor(rule.alert)}`,
    },
  };
}
