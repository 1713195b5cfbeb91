import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createLogger, silentLogger } from '@patchbay/common/logger';
import { startLiveKit, type LiveKit } from '../../sandbox/stack/livekit-server.ts';
import { lowPort } from '../testing/low-port.ts';
import { createRoomAdmin, watchLiveKit } from './admin.ts';
import { describeEngine } from './conformance.ts';
import { createSdkEngine } from './sdk.ts';

let livekit: LiveKit;
beforeAll(async () => {
  livekit = await startLiveKit();
});
afterAll(() => livekit.close());

describeEngine(
  'sdk',
  () => livekit,
  () => createSdkEngine(silentLogger()),
);

describe('the watch over LiveKit', () => {
  function watch(keys: { url: string; apiKey: string; apiSecret: string }) {
    const lines: string[] = [];
    const log = createLogger({
      service: 'test',
      level: 'info',
      personalData: false,
      destination: { write: (line) => void lines.push(line) },
    });
    const states: boolean[] = [];
    const watching = watchLiveKit({
      url: keys.url,
      admin: createRoomAdmin(keys, log),
      log,
      onChange: (ready) => void states.push(ready),
      retryMs: 50,
      checkMs: 50,
    });
    return { lines, states, watching };
  }

  it('says that it is there', async () => {
    const { lines, states, watching } = watch(livekit);
    await vi.waitFor(() => expect(states).toContain(true), { timeout: 10_000 });
    watching.close();
    expect(lines.join('')).toContain('LiveKit is there');
  });

  it('says that the keys are wrong, and which variables hold them', async () => {
    const { url, apiKey } = livekit;
    const { lines, states, watching } = watch({ url, apiKey, apiSecret: 'w'.repeat(32) });
    await vi.waitFor(() => expect(states).toContain(false), { timeout: 10_000 });
    watching.close();
    expect(lines.join('')).toContain('check LIVEKIT_API_KEY and LIVEKIT_API_SECRET');
  });

  it('says that nobody answers, again and again, and goes on trying', async () => {
    const url = `ws://127.0.0.1:${await lowPort()}`;
    const { lines, states, watching } = watch({ ...livekit, url });
    await vi.waitFor(() => expect(states.length).toBeGreaterThan(2), { timeout: 10_000 });
    watching.close();
    expect(states).not.toContain(true);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      level: 'warn',
      livekitUrl: url,
      reason: 'ECONNREFUSED',
      msg: 'LiveKit can not be reached: check LIVEKIT_URL; trying again',
    });
  });
});
