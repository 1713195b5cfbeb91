import { createServer, type Server } from 'node:http';
import { text } from 'node:stream/consumers';
import { closeServer, listen } from '@patchbay/common/ops-server';
import { afterEach, describe, expect, it } from 'vitest';
import { BridgeLine } from './bridge-line.ts';

const KEY = 'a-key-that-is-long-enough';
const CALL_ID = 'd'.repeat(32);
const ORDER = { callId: CALL_ID, agent: 'bank', to: '+12025550187', ringLimitMs: 30_000 };

let server: Server | undefined;
afterEach(async () => {
  if (server) await closeServer(server);
  server = undefined;
});

/** A line to a bridge that gives this answer. */
async function lineTo(status: number, answer: object) {
  const asked: { method: string; path: string; authorization: string; body: string }[] = [];
  server = createServer((request, response) => {
    void text(request).then((body) => {
      const { method = '', url: path = '', headers } = request;
      asked.push({ method, path, authorization: headers.authorization ?? '', body });
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(answer));
    });
  });
  const port = await listen(server, 0, '127.0.0.1');
  return {
    asked,
    line: new BridgeLine({ url: `http://127.0.0.1:${port}`, key: KEY, trunk: 'exotel' }),
  };
}

describe('a call out through the bridge', () => {
  it('is ordered with the id that the API chose', async () => {
    const room = `reach-bank-${CALL_ID}`;
    const { asked, line } = await lineTo(202, { callId: CALL_ID, room, state: 'allocating' });
    expect(await line.place(ORDER)).toEqual({ callId: CALL_ID, room, state: 'preparing' });
    expect(asked[0]).toMatchObject({
      method: 'POST',
      path: '/calls',
      authorization: `Bearer ${KEY}`,
    });
    expect(JSON.parse(asked[0]!.body)).toEqual({ ...ORDER, trunk: 'exotel' });
  });

  it.each([
    [503, { error: 'The bridge has its 3 calls.', result: 'rejected-limit' }, 'busy'],
    [400, { error: 'the order is wrong', faults: ['from: must be a number'] }, 'order'],
    [401, { error: 'a key is needed' }, 'away'],
  ])('that is answered with %i is not taken: %j', async (status, answer, kind) => {
    const { line } = await lineTo(status, answer);
    await expect(line.place(ORDER)).rejects.toMatchObject({ name: 'LineError', kind });
  });

  it('is not taken where no bridge answers', async () => {
    const line = new BridgeLine({ url: 'http://127.0.0.1:9', key: KEY, trunk: undefined });
    await expect(line.place(ORDER)).rejects.toMatchObject({ kind: 'away' });
    expect(await line.find(CALL_ID)).toBeUndefined();
    expect(await line.cancel(CALL_ID)).toBe(false);
  });

  it.each([
    ['summoning', 'preparing'],
    ['dialling', 'dialing'],
    ['ringing', 'ringing'],
    ['active', 'active'],
    ['ended', 'ended'],
  ])('that is %s at the bridge is %s here', async (state, ours) => {
    const { line } = await lineTo(200, { callId: CALL_ID, room: 'r', state, status: 200 });
    expect(await line.find(CALL_ID)).toMatchObject({ state: ours, sipStatus: 200 });
  });
});
