import request from 'supertest';
import { describe, expect, it } from 'vitest';
import { bearer, createTestApp } from '../test-app.ts';
import { LineError, type CallStatus, type Line, type Order } from './line.ts';

/** A way out that takes every order and does what it is told. */
class FakeLine implements Line {
  readonly orders: Order[] = [];
  readonly calls = new Map<string, CallStatus>();
  refusal: LineError | undefined;

  place(order: Order): Promise<CallStatus> {
    if (this.refusal) return Promise.reject(this.refusal);
    this.orders.push(order);
    const call: CallStatus = {
      callId: order.callId,
      room: `trunk-bank-${order.callId}`,
      state: 'preparing',
    };
    this.calls.set(order.callId, call);
    return Promise.resolve(call);
  }

  find(callId: string): Promise<CallStatus | undefined> {
    return Promise.resolve(this.calls.get(callId));
  }

  cancel(callId: string): Promise<boolean> {
    this.become(callId, { state: 'ended', result: 'caller-cancel' });
    return Promise.resolve(true);
  }

  become(callId: string, change: Partial<CallStatus>): void {
    const call = this.calls.get(callId);
    if (call) this.calls.set(callId, { ...call, ...change });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

const TO = '+12025550187';

interface CallBody {
  call_id: string;
  state: string;
  via: string;
  result?: string;
  error?: { code: string; message: string; field?: string };
}

function setUp(options: Parameters<typeof createTestApp>[0] = {}, names = ['twilio']) {
  const lines = new Map(names.map((name) => [name, new FakeLine()]));
  const { app } = createTestApp({ ...options, lines });
  const line = lines.get(names[0] ?? '')!;
  const order = (body: object = {}, headers: Record<string, string> = {}) =>
    request(app)
      .post('/api/calls')
      .set({ ...bearer, ...headers })
      .send({ to: TO, agent: 'bank', ...body });
  const look = (id: string) => request(app).get(`/api/calls/${id}`).set(bearer);
  return { app, line, lines, order, look };
}

const bodyOf = (response: request.Response) => response.body as CallBody;

describe('a call out', () => {
  it('is ordered, looked at and called off', async () => {
    const { app, line, order, look } = setUp();
    const placed = await order({ from: '+12025550101', ringSeconds: 20 });
    expect(placed.status).toBe(202);
    const { call_id: id } = bodyOf(placed);
    expect(placed.headers['location']).toBe(`/api/calls/${id}`);
    expect(bodyOf(placed)).toMatchObject({ state: 'preparing', via: 'twilio' });
    expect(line.orders).toEqual([
      { callId: id, agent: 'bank', to: TO, from: '+12025550101', ringLimitMs: 20_000 },
    ]);
    line.become(id, { state: 'ringing' });
    expect(bodyOf(await look(id))).toMatchObject({ call_id: id, state: 'ringing' });
    const gone = await request(app).delete(`/api/calls/${id}`).set(bearer);
    expect(bodyOf(gone)).toMatchObject({ state: 'ended', result: 'caller-cancel' });
  });

  it('is not placed twice with the same key, and the key is good for one call only', async () => {
    const { line, order } = setUp();
    const key = { 'Idempotency-Key': 'reminder-17' };
    const first = bodyOf(await order({}, key));
    const again = await order({}, key);
    expect(again.status).toBe(200);
    expect(bodyOf(again).call_id).toBe(first.call_id);
    expect(line.orders).toHaveLength(1);
    const other = await order({ to: '+12025550188' }, key);
    expect([other.status, bodyOf(other).error?.code]).toEqual([409, 'idempotency-conflict']);
  });

  it.each([
    ['no key at all', {}, 401],
    ['a key that is none', { Authorization: 'Bearer nonsense-nonsense-nonsense' }, 401],
  ])('is not placed, shown or called off for whoever has %s', async (_who, headers, status) => {
    const { app, line } = setUp();
    const asks = [
      request(app).post('/api/calls').set(headers).send({ to: TO, agent: 'bank' }),
      request(app)
        .get(`/api/calls/${'a'.repeat(32)}`)
        .set(headers),
      request(app)
        .delete(`/api/calls/${'a'.repeat(32)}`)
        .set(headers),
    ];
    for (const answer of await Promise.all(asks)) expect(answer.status).toBe(status);
    expect(line.orders).toHaveLength(0);
  });

  it('is not placed for the page, whatever its session', async () => {
    const { app, line } = setUp();
    const page = await request(app).get('/');
    const cookie = page.headers['set-cookie']?.[0]?.split(';')[0] ?? 'none=1';
    const answer = await request(app)
      .post('/api/calls')
      .set({ Cookie: cookie, 'Sec-Fetch-Site': 'same-origin' })
      .send({ to: TO, agent: 'bank' });
    expect(answer.status).toBe(401);
    expect(line.orders).toHaveLength(0);
  });

  it.each([
    ['a number that is not E.164', { to: '02025550187' }, 400, 'bad-parameter', 'to'],
    ['an agent nobody has', { agent: 'lawyer' }, 404, 'unknown-agent', 'agent'],
    ['a way out nobody has', { via: 'pigeon' }, 400, 'bad-parameter', 'via'],
    ['a field that is not known', { too: TO }, 400, 'bad-parameter', 'body'],
    ['a ringing of an hour', { ringSeconds: 3_600 }, 400, 'bad-parameter', 'ringSeconds'],
  ])('is not placed with %s', async (_what, body, status, code, field) => {
    const { line, order } = setUp();
    const answer = await order(body);
    expect(answer.status).toBe(status);
    expect(bodyOf(answer).error).toMatchObject({ code, field });
    expect(line.orders).toHaveLength(0);
  });

  it('needs a name where there are several ways out', async () => {
    const { order, lines } = setUp({}, ['twilio', 'exotel']);
    expect((await order()).status).toBe(400);
    expect(bodyOf(await order({ via: 'exotel' })).via).toBe('exotel');
    expect(lines.get('exotel')!.orders).toHaveLength(1);
  });

  it('is refused before anybody’s phone rings when no agent is free', async () => {
    const { line, order } = setUp({ capacity: 0 });
    const answer = await order();
    expect([answer.status, bodyOf(answer).error?.code]).toEqual([503, 'no-capacity']);
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    expect(line.orders).toHaveLength(0);
  });

  it.each([
    ['busy', 503, 'no-line'],
    ['away', 503, 'no-line'],
    ['order', 400, 'bad-parameter'],
  ] as const)('tells why the line did not take it: %s', async (kind, status, code) => {
    const { line, order } = setUp();
    line.refusal = new LineError(kind, 'words of the line');
    const answer = await order();
    expect(answer.status).toBe(status);
    expect(bodyOf(answer).error).toMatchObject({
      code,
      message: expect.stringContaining('words of the line') as string,
    });
  });

  it('is refused beyond the limit, until one of the others is over', async () => {
    const { line, order } = setUp();
    const first = bodyOf(await order());
    await order();
    const third = await order();
    expect([third.status, bodyOf(third).error?.code]).toEqual([429, 'too-many-calls']);
    line.become(first.call_id, { state: 'ended' });
    expect((await order()).status).toBe(202);
  });

  it('can not be placed where there is no way out, and is not found where there is none', async () => {
    const { order } = setUp({}, []);
    expect((await order()).status).toBe(404);
    const { look } = setUp();
    expect((await look('b'.repeat(32))).status).toBe(404);
    expect((await look('../../etc')).status).toBe(404);
  });
});
