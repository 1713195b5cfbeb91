/** Wait, but no longer than until the signal. Never rejects, and leaves no timer behind. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const over = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', over);
      resolve();
    };
    const timer = setTimeout(over, ms);
    signal.addEventListener('abort', over);
  });
}

/** Wait for something, but no longer than this and until the signal. Rejects if `work` does first. */
export async function atMost<T>(
  ms: number,
  signal: AbortSignal,
  work: Promise<T>,
): Promise<T | undefined> {
  const done = new AbortController();
  const limit = pause(ms, AbortSignal.any([signal, done.signal])).then(() => undefined);
  try {
    return await Promise.race([work, limit]);
  } finally {
    done.abort();
  }
}
