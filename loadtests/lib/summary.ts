/// <reference types="k6" />

interface SummaryData {
  metrics: Record<
    string,
    { values: Record<string, number>; thresholds?: Record<string, { ok: boolean }> }
  >;
}

/** k6's last word: everything to SUMMARY_FILE for the report, or the thresholds to the terminal. */
export function handleSummary(data: SummaryData): Record<string, string> {
  const file = __ENV['SUMMARY_FILE'];
  if (file !== undefined && file !== '') return { [file]: JSON.stringify(data) };
  const lines = Object.entries(data.metrics).flatMap(([name, { values, thresholds = {} }]) =>
    Object.entries(thresholds).map(([limit, { ok }]) => {
      const found = values['count'] === 0 ? undefined : (values['p(95)'] ?? values['rate']);
      return `${ok ? '✓' : '✗'} ${name} ${limit}${found === undefined ? ', nothing measured' : `, p95 or rate ${found.toFixed(2)}`}`;
    }),
  );
  return { stdout: `${lines.sort().join('\n')}\n` };
}
