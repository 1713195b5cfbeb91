/** A series that Prometheus works out in advance. */
export interface RecordingRule {
  record: string;
  expr: string;
  labels?: Readonly<Record<string, string>>;
}

/** `critical` wakes somebody; `warning` waits for working hours. */
export type Severity = 'critical' | 'warning';

/** Something a person has to look at; docs/runbook.md has a section of the same name. */
export interface AlertRule {
  alert: string;
  expr: string;
  /** How long it has to hold, such as `5m`; at once if absent. */
  for?: string;
  severity: Severity;
  /** One line; may hold Prometheus templates. */
  summary: string;
}

export interface RuleGroup<Rule> {
  name: string;
  rules: readonly Rule[];
}
