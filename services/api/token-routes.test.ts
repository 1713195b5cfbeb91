import { TokenVerifier } from 'livekit-server-sdk';
import request from 'supertest';
import { describe, expect, it } from 'vitest';
import { parseRoomName } from '@patchbay/common/room-contract';
import { bearer, createTestApp, LIVEKIT_KEY, type Answer } from './test-app.ts';

const verifier = new TokenVerifier(LIVEKIT_KEY.apiKey, LIVEKIT_KEY.apiSecret);
const getToken = (app: ReturnType<typeof createTestApp>['app'], query = '?agent=bank') =>
  request(app).get(`/api/getToken${query}`).set(bearer);
const answerOf = (response: { body: unknown }) => response.body as Answer;

describe('GET /api/getToken', () => {
  it('answers with where to go and a token for a room of the caller’s own', async () => {
    const { app } = createTestApp();
    const response = await getToken(app).expect(200).expect('Cache-Control', 'no-store');
    const answer = answerOf(response);
    expect(answer.server_url).toBe('wss://livekit.example.org');
    const room = parseRoomName(answer.room_name!);
    expect(room).toMatchObject({ door: 'web', agent: 'bank' });
    const claims = await verifier.verify(answer.participant_token!);
    expect(claims.sub).toBe(answer.participant_identity);
    expect(claims.attributes).toEqual({ 'patchbay.door': 'web', 'patchbay.callId': room!.callId });
    expect(claims.kind).toBeUndefined();
  });

  it('grants the one room, the microphone and hearing, and nothing else', async () => {
    const { app } = createTestApp();
    const answer = answerOf(await getToken(app).expect(200));
    const claims = await verifier.verify(answer.participant_token!);
    expect(claims.video).toEqual({
      roomJoin: true,
      room: answer.room_name,
      canPublish: true,
      canPublishSources: ['microphone'],
      canSubscribe: true,
      canPublishData: false,
      canUpdateOwnMetadata: false,
    });
    expect(claims.sip).toBeUndefined();
    expect(claims.inference).toBeUndefined();
  });

  it('lets the token be used for two minutes only', async () => {
    const { app } = createTestApp();
    const answer = answerOf(await getToken(app).expect(200));
    const claims = await verifier.verify(answer.participant_token!);
    expect(claims.exp! - Date.now() / 1000).toBeGreaterThan(100);
    expect(claims.exp! - Date.now() / 1000).toBeLessThanOrEqual(120);
  });

  it('dispatches the chosen agent into a room for one caller that does not linger', async () => {
    const { app } = createTestApp();
    const answer = answerOf(await getToken(app, '?agent=support').expect(200));
    const claims = await verifier.verify(answer.participant_token!);
    expect(JSON.parse(JSON.stringify(claims.roomConfig))).toMatchObject({
      name: answer.room_name,
      maxParticipants: 2,
      emptyTimeout: 20,
      departureTimeout: 5,
      agents: [{ agentName: 'patchbay', metadata: '{"agent":"support"}' }],
    });
  });

  it('gives every request another room and identity', async () => {
    const { app } = createTestApp();
    const first = answerOf(await getToken(app).expect(200));
    const second = answerOf(await getToken(app).expect(200));
    expect(second.room_name).not.toBe(first.room_name);
    expect(second.participant_identity).not.toBe(first.participant_identity);
  });

  it.each([
    ['', 'agent is missing; name an agent, for example ?agent=bank.'],
    [
      '?agent=',
      'agent must be lower-case letters, digits and dashes, starting with a letter; got "".',
    ],
    ['?agent=bank&agent=support', 'agent must be given once; got "bank, support".'],
    ['?agent=Bank', 'got "Bank"'],
    ['?agent=../etc', 'got "../etc"'],
    [`?agent=${'a'.repeat(41)}`, 'agent must have at most 40 characters'],
    ['?agent[x]=bank', 'agent is missing'],
  ])('refuses the query %j naming what is wrong', async (query, message) => {
    const { app } = createTestApp();
    const { error } = answerOf(await getToken(app, query).expect(400));
    expect(error).toMatchObject({ code: 'bad-parameter', field: 'agent' });
    expect(error!.message).toContain(message);
  });

  it('answers 404 to an unknown agent and names the known ones', async () => {
    const { app } = createTestApp();
    const { error } = answerOf(await getToken(app, '?agent=pizza').expect(404));
    expect(error).toEqual({
      code: 'unknown-agent',
      message: 'There is no agent "pizza". Known agents: bank, support.',
      field: 'agent',
    });
  });

  it.each(['head', 'post', 'put', 'delete', 'options'] as const)(
    'answers 405 to %s, saying what is served, and makes no token',
    async (method) => {
      const { app, registry } = createTestApp();
      const response = await request(app)[method]('/api/getToken?agent=bank').set(bearer);
      expect(response.status).toBe(405);
      expect(response.get('Allow')).toBe('GET');
      expect(await registry.metrics()).toContain('result="issued"} 0');
    },
  );
});

describe('POST /api/token', () => {
  const post = (app: ReturnType<typeof createTestApp>['app'], body: object, query = '') =>
    request(app).post(`/api/token${query}`).set(bearer).send(body);

  it.each([
    [
      'the dispatch’s metadata',
      { room_config: { agents: [{ metadata: '{"agent":"bank"}' }] } },
      '',
    ],
    [
      'the dispatch’s metadata under the worker’s name',
      { room_config: { agents: [{ agent_name: 'patchbay', metadata: '{"agent":"bank"}' }] } },
      '',
    ],
    ['the dispatch’s name', { room_config: { agents: [{ agent_name: 'bank' }] } }, ''],
    ['the query', {}, '?agent=bank'],
  ])('takes the agent from %s', async (_where, body, query) => {
    const { app } = createTestApp();
    const answer = answerOf(await post(app, body, query).expect(201));
    expect(answer.room_name).toMatch(/^web-bank-[0-9a-f]{32}$/);
    expect(answer.participant_token).toBeTypeOf('string');
    expect(answer.ignored).toBeUndefined();
  });

  it('chooses room, identity and attributes itself and says what it ignored', async () => {
    const { app } = createTestApp();
    const answer = answerOf(
      await post(app, {
        room_name: 'web-bank-of-somebody-else',
        participant_identity: 'admin',
        participant_name: 'Admin',
        participant_metadata: '{}',
        participant_attributes: { 'sip.phoneNumber': '+12025550187' },
        room_config: { max_participants: 100, agents: [{ agent_name: 'bank' }] },
      }).expect(201),
    );
    expect(answer.ignored).toEqual([
      'room_name',
      'participant_name',
      'participant_identity',
      'participant_metadata',
      'participant_attributes',
      'room_config.max_participants',
    ]);
    const claims = await verifier.verify(answer.participant_token!);
    expect(claims.video!.room).toMatch(/^web-bank-[0-9a-f]{32}$/);
    expect(claims.sub).not.toBe('admin');
    expect(claims.metadata).toBeUndefined();
    expect(Object.keys(claims.attributes!)).toEqual(['patchbay.door', 'patchbay.callId']);
    expect(claims.roomConfig!.maxParticipants).toBe(2);
  });

  it.each([
    [{}, 'agent', 'is missing'],
    [[], 'body', 'must be a JSON object'],
    [{ room_name: 7 }, 'room_name', 'must be a string'],
    [{ participant_name: 'x'.repeat(257) }, 'participant_name', 'at most 256'],
    [{ participant_attributes: { a: 1 } }, 'participant_attributes.a', 'must be a string'],
    [{ room_config: [] }, 'room_config', 'must be an object'],
    [{ room_config: { agents: {} } }, 'room_config.agents', 'must be an array'],
    [{ room_config: { agents: [{}, {}] } }, 'room_config.agents', 'one agent'],
    [
      { room_config: { agents: [{ metadata: 'bank' }] } },
      'room_config.agents[0].metadata',
      'must be JSON like {"agent":"bank"}; got "bank"',
    ],
    [
      { room_config: { agents: [{ agent_name: 'Bank!' }] } },
      'room_config.agents[0].agent_name',
      'got "Bank!"',
    ],
    [
      { room_config: { agents: [{ agent_name: 'support', metadata: '{"agent":"bank"}' }] } },
      'room_config.agents[0].agent_name',
      'must name the same agent as room_config.agents[0].metadata; got "support"',
    ],
  ])('refuses %j naming the field', async (body, field, message) => {
    const { app } = createTestApp();
    const { error } = answerOf(await post(app, body).expect(400));
    expect(error).toMatchObject({ code: 'bad-parameter', field });
    expect(error!.message).toContain(message);
  });

  it('refuses an agent in the query that contradicts the body', async () => {
    const { app } = createTestApp();
    const body = { room_config: { agents: [{ agent_name: 'bank' }] } };
    const { error } = answerOf(await post(app, body, '?agent=support').expect(400));
    expect(error).toMatchObject({ code: 'bad-parameter', field: 'agent' });
  });

  it('refuses broken JSON', async () => {
    const { app } = createTestApp();
    for (const broken of ['{"room_name":', 'null', '"bank"', '7']) {
      const { error } = answerOf(
        await request(app)
          .post('/api/token')
          .set(bearer)
          .set('Content-Type', 'application/json')
          .send(broken)
          .expect(400),
      );
      expect(error!.code).toBe('bad-json');
    }
  });

  it('refuses a body of another type and one without a type', async () => {
    const { app } = createTestApp();
    for (const type of ['text/plain', 'application/x-www-form-urlencoded']) {
      const { error } = answerOf(
        await request(app)
          .post('/api/token')
          .set(bearer)
          .set('Content-Type', type)
          .send('agent=bank')
          .expect(400),
      );
      expect(error).toMatchObject({ code: 'bad-content-type', field: 'Content-Type' });
      expect(error!.message).toContain(type);
    }
    const empty = answerOf(await request(app).post('/api/token').set(bearer).expect(400));
    expect(empty.error!.code).toBe('bad-content-type');
  });

  it('refuses a body longer than any honest request, and a compressed one', async () => {
    const { app } = createTestApp();
    const { error } = answerOf(await post(app, { x: 'y'.repeat(17_000) }).expect(413));
    expect(error).toMatchObject({ code: 'body-too-large' });
    const compressed = await request(app)
      .post('/api/token')
      .set(bearer)
      .set('Content-Type', 'application/json')
      .set('Content-Encoding', 'gzip')
      .send('{}');
    expect(answerOf(compressed).error!.code).toBe('bad-content-type');
  });
});

describe('when no call can begin', () => {
  it('says 503 with Retry-After until the agents are known', async () => {
    const { app, known } = createTestApp();
    known.snapshot = undefined;
    const response = await getToken(app).expect(503);
    expect(answerOf(response).error!.code).toBe('agents-unknown');
    expect(Number(response.get('Retry-After'))).toBeGreaterThan(0);
    await request(app).get('/api/agents').expect(503);
  });

  it('says 503 when the agents have not answered for a while, still knowing their names', async () => {
    const { app, snapshot } = createTestApp();
    snapshot.askedAtMs = Date.now() - 16_000;
    const response = await getToken(app).expect(503);
    expect(answerOf(response).error!.code).toBe('agents-away');
    expect(response.get('Retry-After')).toBeDefined();
    await getToken(app, '?agent=pizza').expect(404);
    const list = await request(app).get('/api/agents').expect(200);
    expect(list.body).toMatchObject({ available: false, agents: [{ name: 'bank' }, {}] });
  });

  it('says 503 when every place is taken or promised', async () => {
    const { app } = createTestApp({ capacity: 2 });
    await getToken(app).expect(200);
    await getToken(app).expect(200);
    const response = await getToken(app).expect(503);
    expect(answerOf(response).error!.code).toBe('no-capacity');
    expect(response.get('Retry-After')).toBe('10');
    const list = await request(app).get('/api/agents').expect(200);
    expect(list.body).toMatchObject({ available: false });
  });

  it('says 503 while LiveKit is away and while stopping', async () => {
    const { app, health } = createTestApp();
    health.set('livekit', false);
    expect(answerOf(await getToken(app).expect(503)).error!.code).toBe('livekit-away');
    health.set('livekit', true);
    health.drain();
    expect(answerOf(await getToken(app).expect(503)).error!.code).toBe('draining');
  });
});

describe('around the tokens', () => {
  it('lists the agents for everyone, without capacity figures', async () => {
    const { app } = createTestApp();
    const response = await request(app).get('/api/agents').expect(200);
    expect(response.body).toEqual({
      available: true,
      agents: [
        { name: 'bank', title: 'Bank', description: 'Balances and cards.', language: 'en-US' },
        { name: 'support', title: 'Support', description: 'Service status.', language: 'en-US' },
      ],
    });
    await request(app).post('/api/agents').expect(405).expect('Allow', 'GET');
  });

  it('answers 404 to other paths, in the same shape', async () => {
    const { app } = createTestApp();
    for (const path of ['/api/tokens', '/api', '/nothing/here', '/%E0%A4%A']) {
      const response = await request(app).get(path);
      expect([400, 404]).toContain(response.status);
      expect(answerOf(response).error!.message).toBeTypeOf('string');
    }
  });

  it('counts tokens and refusals by result', async () => {
    const { app, registry } = createTestApp();
    await getToken(app).expect(200);
    await getToken(app, '?agent=pizza').expect(404);
    await request(app).get('/api/getToken?agent=bank').expect(401);
    await request(app).post('/api/getToken').expect(405);
    const text = await registry.metrics();
    for (const result of ['issued', 'unknown-agent', 'unauthenticated', 'method-not-allowed']) {
      expect(text).toContain(`patchbay_api_token_requests_total{result="${result}"} 1`);
    }
    expect(text).toContain(
      'patchbay_api_request_seconds_count{route="/api/getToken",status="200"} 1',
    );
  });

  it('hides nothing that helps and shows nothing that hurts when it fails itself', async () => {
    const { app } = createTestApp({
      agents: {
        current: () => {
          throw new Error('a detail of ours');
        },
      },
    });
    const { error } = answerOf(await getToken(app).expect(500));
    expect(error!.code).toBe('internal-error');
    expect(JSON.stringify(error)).not.toContain('a detail of ours');
  });
});
