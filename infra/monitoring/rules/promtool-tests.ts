import { ALERTS, ruleFile } from './groups.ts';
import { AGENT_CASES } from './cases/agents.ts';
import { CALL_CASES } from './cases/calls.ts';
import { ALWAYS, type AlertCase, type Series } from './cases/case.ts';
import { DOOR_CASES } from './cases/doors.ts';
import { MEDIA_CASES } from './cases/media.ts';
import { OBJECTIVE_CASES } from './cases/objectives.ts';
import { PROCESS_CASES } from './cases/processes.ts';

/** What makes each alert fire, and what does not. */
export const ALERT_CASES: Readonly<Record<string, AlertCase>> = {
  ...OBJECTIVE_CASES,
  ...CALL_CASES,
  ...MEDIA_CASES,
  ...AGENT_CASES,
  ...PROCESS_CASES,
  ...DOOR_CASES,
};

/**
 * The expression that is 1 while an alert fires, for promtool's `promql_expr_test`: its
 * `alert_rule_test` would want every label and every annotation word for word.
 */
function isFiring(alert: string): string {
  const { severity } = ALERTS.find((rule) => rule.alert === alert) ?? { severity: '' };
  return `count(ALERTS{alertname="${alert}",alertstate="firing",severity="${severity}"}) > bool 0 or vector(0)`;
}

/** Input of `promtool test rules` for one case of an alert, and the rules it needs. */
export function promtoolTest(
  alert: string,
  which: 'fires' | 'quiet',
  ruleFileName: string,
): { rules: object; test: object } {
  const { after, [which]: series } = ALERT_CASES[alert] ?? { after: '1m', fires: {}, quiet: {} };
  const test = {
    rule_files: [ruleFileName],
    evaluation_interval: '1m',
    tests: [
      {
        name: `${alert} ${which}`,
        interval: '1m',
        input_series: inputSeries(series, minutesOf(after) + 1),
        promql_expr_test: [
          {
            expr: isFiring(alert),
            eval_time: after,
            exp_samples: [{ labels: '{}', value: which === 'fires' ? 1 : 0 }],
          },
        ],
      },
    ],
  };
  return { rules: { groups: [{ name: 'tested', rules: rulesFor(alert) }] }, test };
}

/** The alert itself and what it is worked out from: all rules would take minutes. */
function rulesFor(alert: string): Rule[] {
  const all = ruleFile().groups.flatMap(({ rules }) => rules as readonly Rule[]);
  const needed = new Set(all.filter((rule) => rule.alert === alert));
  // A set yields what is added to it on the way.
  for (const { expr } of needed) {
    for (const rule of all) {
      if (rule.record !== undefined && mentions(expr, rule.record)) needed.add(rule);
    }
  }
  // In the file's order: rules are evaluated one after the other.
  return all.filter((rule) => needed.has(rule));
}

interface Rule {
  alert?: string;
  record?: string;
  expr: string;
}

function mentions(expr: string, series: string): boolean {
  return new RegExp(`(^|[^a-zA-Z0-9_:])${series}($|[^a-zA-Z0-9_:])`).test(expr);
}

function minutesOf(duration: string): number {
  const [, amount = '0', unit = 'm'] = /^(\d+)([mh])$/.exec(duration) ?? [];
  return Number(amount) * (unit === 'h' ? 60 : 1);
}

function inputSeries(series: Series, minutes: number): { series: string; values: string }[] {
  return Object.entries(series).map(([name, values]) => ({
    series: name,
    values: values.replace(ALWAYS, String(minutes)),
  }));
}
