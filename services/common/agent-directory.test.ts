import { createServer, type Server } from 'node:http';
import { silentLogger } from './logger.ts';
import { closeServer, listen } from './ops-server.ts';
import { afterEach, describe, expect, it } from 'vitest';
import { AgentDirectory } from './agent-directory.ts';

let server: Server | undefined;
afterEach(async () => {
  if (server) await closeServer(server);
  server = undefined;
});

async function serve(answer: () => { status: number; body: string } | 'never') {
  server = createServer((_request, response) => {
    const given = answer();
    if (given === 'never') return;
    response.writeHead(given.status, { 'content-type': 'application/json' }).end(given.body);
  });
  return `http://127.0.0.1:${await listen(server, 0, '127.0.0.1')}/agents`;
}

const catalog = (active: number) =>
  JSON.stringify({
    agents: [{ name: 'bank', title: 'Bank', description: 'Money.', language: 'en-US' }],
    capacity: { active, max: 10 },
  });

describe('the agents’ catalogue', () => {
  it('is asked for again and again', async () => {
    let asked = 0;
    const url = await serve(() => ({ status: 200, body: catalog(asked++) }));
    const enough = Promise.withResolvers<void>();
    const directory = new AgentDirectory({
      url,
      refreshMs: 1,
      log: silentLogger(),
      onAttempt: () => asked >= 3 && enough.resolve(),
    });
    expect(directory.current()).toBeUndefined();
    directory.start();
    await enough.promise;
    expect(directory.current()?.catalog.capacity.active).toBeGreaterThanOrEqual(2);
    await directory.close();
  });

  it.each([
    ['an error', { status: 500, body: '{}' }],
    ['something else', { status: 200, body: '{"agents":[{"name":"B A N K"}]}' }],
    ['no JSON', { status: 200, body: '<html>' }],
    ['nothing in time', 'never' as const],
  ])('stays as last known when the answer is %s', async (_what, bad) => {
    let answer: { status: number; body: string } | 'never' = { status: 200, body: catalog(3) };
    const url = await serve(() => answer);
    const attempts: boolean[] = [];
    const directory = new AgentDirectory({
      url,
      refreshMs: 60_000,
      timeoutMs: 50,
      log: silentLogger(),
      onAttempt: (ok) => attempts.push(ok),
    });
    // A busy machine may need more than 50 ms for the first, good answer.
    while (directory.current() === undefined) await directory.refresh();
    answer = bad;
    attempts.length = 0;
    await directory.refresh();
    expect(attempts).toEqual([false]);
    expect(directory.current()?.catalog.capacity.active).toBe(3);
    await directory.close();
  });

  it('adds up the places of all workers, and leaves out the one that does not answer', async () => {
    const seen: string[] = [];
    server = createServer(({ socket }, response) => {
      seen.push(socket.localAddress ?? '');
      const broken = socket.localAddress === '127.0.0.3';
      response
        .writeHead(broken ? 500 : 200)
        .end(catalog(socket.localAddress === '127.0.0.1' ? 1 : 4));
    });
    const port = await listen(server, 0, '0.0.0.0');
    const directory = new AgentDirectory({
      url: `http://agents.test:${port}/agents`,
      resolve: () =>
        Promise.resolve([1, 2, 3].map((n) => ({ address: `127.0.0.${n}`, family: 4 }))),
      refreshMs: 60_000,
      log: silentLogger(),
    });
    await directory.refresh();
    expect(seen.sort()).toEqual(['127.0.0.1', '127.0.0.2', '127.0.0.3']);
    expect(directory.current()?.catalog).toMatchObject({
      agents: [{ name: 'bank' }],
      capacity: { active: 5, max: 20 },
    });
    await directory.close();
  });

  it('closes at once in the middle of asking', async () => {
    const asked = Promise.withResolvers<void>();
    const url = await serve(() => {
      asked.resolve();
      return 'never';
    });
    const directory = new AgentDirectory({ url, refreshMs: 1, log: silentLogger() });
    directory.start();
    await asked.promise;
    await directory.close();
    expect(directory.current()).toBeUndefined();
  });
});
