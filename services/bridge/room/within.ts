import { atMost } from '@patchbay/common/retry';

/** @returns false if it takes longer @throws what `work` rejects with */
export async function within(work: Promise<unknown>, limitMs: number): Promise<boolean> {
  const done = work.then(() => true);
  return (await atMost(limitMs, done)) ?? false;
}
