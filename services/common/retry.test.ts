import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { atMost, pause } from './retry.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

it('a pause is over after its time, or at the signal', async () => {
  const signal = new AbortController();
  const over: string[] = [];
  void pause(100, signal.signal).then(() => over.push('short'));
  void pause(60_000, signal.signal).then(() => over.push('long'));
  await vi.advanceTimersByTimeAsync(100);
  expect(over).toEqual(['short']);
  signal.abort();
  await pause(60_000, signal.signal);
  expect(over).toEqual(['short', 'long']);
});

it('something is waited for as long as that is wanted, and no timer is left', async () => {
  const { signal } = new AbortController();
  expect(await atMost(1_000, Promise.resolve('there'), signal)).toBe('there');
  await expect(atMost(1_000, Promise.reject(new Error('broken')), signal)).rejects.toThrow(
    'broken',
  );
  const late = atMost(1_000, new Promise(() => undefined), signal);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(await late).toBeUndefined();
});
