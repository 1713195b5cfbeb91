import { createServer, type Server } from 'node:http';
import { closeServer, listen } from '@patchbay/common/ops-server';
import { afterEach, describe, expect, it } from 'vitest';
import { checkTarget } from './target-check.ts';

/** Where nobody answers (discard, RFC 863). */
const NOBODY = 'http://127.0.0.1:9';
const agents = (names: string[], available = true) =>
  JSON.stringify({ agents: names.map((name) => ({ name })), available });

describe('looking at a target before the first call', () => {
  const servers: Server[] = [];
  afterEach(async () => {
    for (const server of servers.splice(0)) await closeServer(server);
  });

  async function serve(status: number, body: string): Promise<string> {
    const server = createServer((_request, response) => response.writeHead(status).end(body));
    servers.push(server);
    return `http://127.0.0.1:${await listen(server, 0, '127.0.0.1')}`;
  }

  const check = (url: string, doors: ('phone' | 'web')[] = ['web'], given: object = {}) =>
    checkTarget(
      {
        api: { url, accessKey: 'k' },
        sip: undefined,
        numbers: {},
        localAddress: '127.0.0.1',
        ...given,
      },
      { agent: 'bank', doors },
    );

  it('finds nothing wrong with an API that has the agent and a place', async () => {
    expect(await check(await serve(200, agents(['bank'])))).toEqual([]);
  });

  it.each([
    ['another page', 200, '<html>', 'not the answer of a Patchbay API', 'TARGET_API_URL'],
    ['a page that is not there', 404, 'no', 'status 404', 'TARGET_API_URL'],
    ['agents that still start', 503, 'starting', '503: starting', 'Wait'],
    ['another agent only', 200, agents(['support']), 'no agent "bank"', 'support'],
    ['no free place', 200, agents(['bank'], false), 'no agent has a free place', 'Wait'],
  ])('tells of %s, with the next step', async (_what, status, body, reason, next) => {
    const [fault, ...more] = await check(await serve(status, body));
    expect(fault?.reason).toContain(reason);
    expect(fault?.next).toContain(next);
    expect(more).toEqual([]);
  });

  it('tells that nobody answers', async () => {
    expect((await check(NOBODY))[0]).toMatchObject({ what: `${NOBODY}/api/agents` });
  });

  it.each([
    ['nobody said where calls go', {}, 'TARGET_SIP'],
    [
      'no number leads to the agent',
      { sip: { host: '127.0.0.1', port: 9, transport: 'udp' } },
      'TARGET_NUMBERS',
    ],
  ])('tells that %s', async (_what, given, next) => {
    const [fault] = await check(await serve(200, agents(['bank'])), ['phone', 'web'], given);
    expect(fault?.what).toBe('phone door');
    expect(fault?.next).toContain(next);
  });

  it('tells that nobody answers the phone', async () => {
    const given = {
      sip: { host: '127.0.0.1', port: 9, transport: 'tcp' },
      numbers: { bank: '+12025550101' },
    };
    const [fault] = await check(await serve(200, agents(['bank'])), ['phone'], given);
    expect(fault?.what).toBe('sip:127.0.0.1:9 over tcp');
  });
});
