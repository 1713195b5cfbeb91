/** Series by name with labels; values in promtool's notation, one for each minute. */
export type Series = Readonly<Record<string, string>>;

/** What has to fire, and a case near it that must not. */
export interface AlertCase {
  /** How long to watch. */
  after: string;
  fires: Series;
  quiet: Series;
}

/** Stands for the length of a test in minutes. */
export const ALWAYS = 'ALWAYS';

/** A value that does not change. */
export function constant(value: number): string {
  return `${value}x${ALWAYS}`;
}

/** A counter that grows by so much a minute. */
export function growing(perMinute: number): string {
  return `0+${perMinute}x${ALWAYS}`;
}

/**
 * The buckets and the count of a histogram into which so many a minute fall.
 *
 * @param bounds upper bounds with how many a minute are at or below them
 */
export function histogram(
  name: string,
  labels: string,
  bounds: Readonly<Record<string, number>>,
  perMinute: number,
): Series {
  const more = labels === '' ? '' : `,${labels}`;
  const series: Record<string, string> = {
    [`${name}_bucket{le="+Inf"${more}}`]: growing(perMinute),
    [`${name}_count{${labels}}`]: growing(perMinute),
  };
  for (const [le, below] of Object.entries(bounds)) {
    series[`${name}_bucket{le="${le}"${more}}`] = growing(below);
  }
  return series;
}
