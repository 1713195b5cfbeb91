/** The value below which `part` (0…1) of the values lie, nearest rank; undefined for none. */
export function percentile(values: readonly number[], part: number): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)];
}

export interface Spread {
  p50: number;
  p95: number;
}

/** p50 and p95, rounded to whole ms; undefined for no values. */
export function spread(values: readonly number[]): Spread | undefined {
  const [p50, p95] = [percentile(values, 0.5), percentile(values, 0.95)];
  if (p50 === undefined || p95 === undefined) return undefined;
  return { p50: Math.round(p50), p95: Math.round(p95) };
}
