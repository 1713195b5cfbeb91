/**
 * Milliseconds since the Unix epoch on the monotonic clock: comparable with other processes' Unix
 * times to within clock adjustments, and never going back, so that differences can be trusted.
 */
export function nowMs(): number {
  return performance.timeOrigin + performance.now();
}
