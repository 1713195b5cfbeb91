import type { Registry } from 'prom-client';

/** Values that a label may have: all of them, or what they look like if there are as many as statuses. */
export type LabelValues = Readonly<Record<string, readonly string[] | RegExp>>;

/** Histograms of something that has no unit. */
const WITHOUT_UNIT = ['mos'];

/**
 * What is wrong with the names and labels of our metrics in a registry: `patchbay_<part>_<what>_<unit>`,
 * help for each, and no label value that is not known beforehand. Series with values from outside
 * (numbers, addresses, ids) would grow until Prometheus dies of them.
 *
 * @param labels every label that this part uses, with its values
 */
export async function metricFaults(
  registry: Registry,
  part: string,
  labels: LabelValues,
): Promise<string[]> {
  const metrics = await registry.getMetricsAsJSON();
  return metrics.flatMap((metric) => {
    const { name, help } = metric;
    const faults: string[] = [];
    if (!name.startsWith(`patchbay_${part}_`)) faults.push(`${name} is not named after ${part}`);
    if (help.trim() === '') faults.push(`${name} has no help`);
    // What prom-client's types call a number is the name of the kind.
    const kind = String(metric.type);
    if (kind === 'counter' && !name.endsWith('_total'))
      faults.push(`${name} does not end in _total`);
    if (
      kind === 'histogram' &&
      !name.endsWith('_seconds') &&
      !WITHOUT_UNIT.includes(lastWord(name))
    )
      faults.push(`${name} does not say its unit`);
    for (const { labels: given } of metric.values) {
      for (const [label, value] of Object.entries(given)) {
        if (label === 'le' || value === undefined) continue;
        const allowed = labels[label];
        const known =
          allowed instanceof RegExp
            ? allowed.test(String(value))
            : allowed?.includes(String(value));
        if (!known) faults.push(`${name} has the unknown value ${label}="${value}"`);
      }
    }
    return faults;
  });
}

function lastWord(name: string): string {
  return name.slice(name.lastIndexOf('_') + 1);
}
