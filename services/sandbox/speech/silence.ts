const WINDOW_MS = 10;

export interface SilenceTrim {
  sampleRateHz: number;
  /** A 10 ms window whose RMS is below this is silence. Default 300 (about −41 dBFS). */
  threshold?: number;
  /** Silence left in front of the first sound. Default 50. */
  keepBeforeMs?: number;
  /** Silence left after the last sound; Infinity leaves the end alone. Default Infinity. */
  keepAfterMs?: number;
}

/** Root mean square of `samples[from, to)`. */
export function rms(samples: Int16Array, from = 0, to = samples.length): number {
  let sum = 0;
  for (let i = from; i < to; i++) sum += (samples[i] as number) ** 2;
  return to > from ? Math.sqrt(sum / (to - from)) : 0;
}

/** Cut silence off both ends. Returns a view; empty if there is no sound at all. */
export function trimSilence(samples: Int16Array, trim: SilenceTrim): Int16Array {
  const threshold = trim.threshold ?? 300;
  const perMs = trim.sampleRateHz / 1000;
  const window = Math.round(perMs * WINDOW_MS);
  let first = -1;
  let last = -1;
  for (let at = 0; at < samples.length; at += window) {
    const end = Math.min(at + window, samples.length);
    if (rms(samples, at, end) < threshold) continue;
    if (first < 0) first = at;
    last = end;
  }
  if (first < 0) return samples.subarray(0, 0);
  const start = Math.max(0, first - Math.round((trim.keepBeforeMs ?? 50) * perMs));
  const keepAfter = (trim.keepAfterMs ?? Infinity) * perMs;
  return samples.subarray(start, Math.min(samples.length, Math.round(last + keepAfter)));
}
