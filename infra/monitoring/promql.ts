/** `metric{a,b}`; empty matchers are left out. */
export function select(metric: string, ...matchers: readonly string[]): string {
  const given = matchers.filter((matcher) => matcher !== '');
  return given.length === 0 ? metric : `${metric}{${given.join(',')}}`;
}

export interface Over {
  /** A range, such as `5m` or `$__rate_interval`. */
  range: string;
  match?: string;
  by?: readonly string[];
}

/** `sum by (…) (rate(metric{…}[range]))` */
export function sumRate(metric: string, { range, match = '', by = [] }: Over): string {
  return `${sumBy(by)}(rate(${select(metric, match)}[${range}]))`;
}

/** `sum by (…) (increase(metric{…}[range]))` */
export function sumIncrease(metric: string, { range, match = '', by = [] }: Over): string {
  return `${sumBy(by)}(increase(${select(metric, match)}[${range}]))`;
}

/** A quantile of a histogram. */
export function quantile(q: number, histogram: string, { range, match, by = [] }: Over): string {
  const buckets = sumRate(`${histogram}_bucket`, {
    range,
    by: ['le', ...by],
    ...(match === undefined ? {} : { match }),
  });
  return `histogram_quantile(${q}, ${buckets})`;
}

/** The sum, and 0 where there is nothing to sum up. */
export function orZero(expression: string): string {
  return `(${expression} or vector(0))`;
}

function sumBy(by: readonly string[]): string {
  return by.length === 0 ? 'sum' : `sum by (${by.join(', ')}) `;
}
