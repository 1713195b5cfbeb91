import { initializeLogger } from '@livekit/agents';
import { afterEach, expect, it, vi } from 'vitest';
import { rehearse } from './rehearsal.ts';

afterEach(() => void vi.restoreAllMocks());

const listening = () => process.getActiveResourcesInfo().filter((one) => one === 'TCPServerWrap');

it('an answer is rehearsed with nobody but this machine, and nothing is left of it', async () => {
  initializeLogger({ pretty: false, level: 'silent' });
  const asked = vi.spyOn(globalThis, 'fetch');
  const before = listening().length;
  await rehearse();
  const hosts = asked.mock.calls.map(
    ([to]) => new URL(to instanceof Request ? to.url : to).hostname,
  );
  expect(hosts.length).toBeGreaterThanOrEqual(3);
  expect(new Set(hosts)).toEqual(new Set(['127.0.0.1']));
  await vi.waitFor(() => expect(listening().length).toBeLessThanOrEqual(before));
});
