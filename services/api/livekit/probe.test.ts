import { createServer, type Server } from 'node:http';
import { closeServer, listen } from '@patchbay/common/ops-server';
import { logLines } from '@patchbay/common/testing/log-lines';
import { afterEach, describe, expect, it } from 'vitest';
import { LiveKitProbe } from './probe.ts';

let server: Server | undefined;
let probe: LiveKitProbe | undefined;
afterEach(async () => {
  await probe?.close();
  if (server) await closeServer(server);
  server = undefined;
});

function watch(url: string) {
  const { log, lines } = logLines();
  const states: boolean[] = [];
  const waiting: { state: boolean; resolve: () => void }[] = [];
  probe = new LiveKitProbe({
    url,
    apiKey: 'key',
    apiSecret: 's'.repeat(32),
    intervalMs: 5,
    log,
    onState: (state) => {
      states.push(state);
      for (const waiter of waiting) if (waiter.state === state) waiter.resolve();
    },
  });
  const until = (state: boolean) =>
    new Promise<void>((resolve) => {
      if (states.at(-1) === state) resolve();
      else waiting.push({ state, resolve });
    });
  probe.start();
  return { lines, until };
}

async function serve(answer: () => { status: number; body: string }): Promise<string> {
  server = createServer((_request, response) => {
    const { status, body } = answer();
    response.writeHead(status, { 'content-type': 'application/json' }).end(body);
  });
  return `ws://127.0.0.1:${await listen(server, 0, '127.0.0.1')}`;
}

describe('watching LiveKit', () => {
  it('says once that it is away, and once when it comes', async () => {
    let status = 503;
    const url = await serve(() => ({ status, body: '{}' }));
    const { lines, until } = watch(url);
    await until(false);
    status = 200;
    await until(true);
    expect(lines.filter((line) => line.includes('LiveKit does not answer'))).toHaveLength(1);
    expect(lines.filter((line) => line.includes('LiveKit answers'))).toHaveLength(1);
    status = 500;
    await until(false);
    status = 200;
    await until(true);
  });

  it('tells a refused key from a server that is away', async () => {
    const url = await serve(() => ({ status: 401, body: '{"code":"unauthenticated","msg":"no"}' }));
    const { lines, until } = watch(url);
    await until(false);
    expect(lines.join('')).toContain('check LIVEKIT_API_KEY and LIVEKIT_API_SECRET');
  });
});
