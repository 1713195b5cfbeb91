import { expect, it } from 'vitest';
import { ApiError } from './api-error.ts';
import { retrying } from './retrying.ts';

function failing(times: number, error: Error) {
  let calls = 0;
  const waits: number[] = [];
  const sleep = (ms: number) => Promise.resolve(void waits.push(ms));
  const operation = () => (++calls <= times ? Promise.reject(error) : Promise.resolve('made'));
  return { operation, sleep, waits, calls: () => calls };
}

const busy = (retryAfterMs?: number) =>
  new ApiError({ service: 'X', status: 429, retryable: true, retryAfterMs, message: 'busy' });

it('tries again with doubling waits', async () => {
  const run = failing(3, busy());
  await expect(retrying(run.operation, { sleep: run.sleep })).resolves.toBe('made');
  expect(run.waits).toEqual([500, 1_000, 2_000]);
});

it('waits as long as the server asks, up to a limit', async () => {
  const run = failing(1, busy(7_000));
  await retrying(run.operation, { sleep: run.sleep });
  const long = failing(1, busy(3_600_000));
  await retrying(long.operation, { sleep: long.sleep });
  expect([...run.waits, ...long.waits]).toEqual([7_000, 30_000]);
});

it('gives up after five tries', async () => {
  const run = failing(99, busy());
  await expect(retrying(run.operation, { sleep: run.sleep })).rejects.toThrow('busy');
  expect(run.calls()).toBe(5);
});

it('does not repeat what can only fail again', async () => {
  const refused = new ApiError({ service: 'X', status: 400, retryable: false, message: 'no' });
  const run = failing(99, refused);
  await expect(retrying(run.operation, { sleep: run.sleep })).rejects.toThrow('no');
  expect(run.calls()).toBe(1);
});
