import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CallDesk } from './call-desk.ts';
import { CallRecords } from './call-records.ts';
import type { CallResult, DriverHealth } from './result.ts';
import { startDriverServer } from './server.ts';

const health: DriverHealth = {
  ...{ active: 0, done: 0, cpuPct: 3, vouched: true },
  pacingMs: { p50: 0, p99: 1, max: 2 },
  loopMs: { p99: 1, max: 2 },
};
const order = { door: 'web', agent: 'bank' };

describe('the driver’s API', () => {
  let url = '';
  let close = async () => {};
  /** Calls go nowhere until this is called. */
  let refuse: () => void;
  beforeEach(async () => {
    const stuck = Promise.withResolvers<never>();
    stuck.promise.catch(() => undefined);
    refuse = () => stuck.reject(new Error('nobody there'));
    const desk = new CallDesk({
      dial: () => stuck.promise,
      overload: { doubt: () => undefined },
      maxCalls: 1,
      trunk: 'local',
    });
    const server = await startDriverServer({
      ...{ host: '127.0.0.1', port: 0, desk },
      records: new CallRecords(false),
      health: () => health,
      check: ({ agent, doors }) =>
        Promise.resolve([{ what: doors.join(), reason: agent, next: 'do this' }]),
    });
    url = `http://127.0.0.1:${server.port}`;
    close = async () => {
      await desk.close();
      await server.close();
    };
  });
  afterEach(() => close());

  const send = async (method: string, path: string, body?: unknown) => {
    const response = await fetch(url + path, {
      method,
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };

  it('takes an order, holds the question for its result until the call is over, and keeps it', async () => {
    const { status, body } = await send('POST', '/calls', order);
    expect(status).toBe(202);
    const id = String(body['id']);
    expect((await send('GET', `/calls/${id}`)).body['state']).toBe('running');
    const waiting = send('GET', `/calls/${id}?waitMs=20000`);
    refuse();
    expect((await waiting).body).toMatchObject({
      state: 'done',
      failure: { step: 'answer', reason: 'nobody there' },
    });
    const { calls } = (await send('GET', '/calls')).body as unknown as { calls: CallResult[] };
    expect(calls.map((call) => call.id)).toEqual([id]);
  });

  it('takes no more calls than it may', async () => {
    await send('POST', '/calls', order);
    expect(await send('POST', '/calls', order)).toMatchObject({ status: 429 });
  });

  it('hangs a call up', async () => {
    const { body } = await send('POST', '/calls', order);
    await send('DELETE', `/calls/${String(body['id'])}`);
    const result = await send('GET', `/calls/${String(body['id'])}?waitMs=20000`);
    expect(result.body).toMatchObject({ state: 'done', failure: { step: 'limit' } });
  });

  it('tells what stands in the way, and how it fares', async () => {
    expect((await send('GET', '/check?agent=bank&doors=web,pigeon')).body).toEqual({
      faults: [{ what: 'web', reason: 'bank', next: 'do this' }],
    });
    expect((await send('GET', '/health')).body).toEqual(health);
  });

  it.each([
    ['a plan that can not be used', 'POST', '/calls', { door: 'web' }, 400, 'agent: '],
    ['no JSON', 'POST', '/calls', '{', 400, 'JSON'],
    ['too much', 'POST', '/calls', 'x'.repeat(1_000_001), 413, 'bytes'],
    ['a call that is not there', 'GET', '/calls/17', undefined, 404, 'no call 17'],
    ['hanging up one that is not there', 'DELETE', '/calls/17', undefined, 404, 'no call 17'],
    ['a wait that is no number', 'GET', '/calls/17?waitMs=soon', undefined, 400, 'waitMs'],
    ['a record that is none', 'POST', '/records', {}, 400, 'no call record'],
    ['another page', 'GET', '/', undefined, 404, 'GET /'],
    ['another method', 'PUT', '/calls', {}, 404, 'PUT /calls'],
  ])('refuses %s in words', async (_what, method, path, body, status, words) => {
    const answer = await send(method, path, body);
    expect(answer.status).toBe(status);
    expect(answer.body['error']).toContain(words);
  });
});
