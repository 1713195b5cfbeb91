import { createHash } from 'node:crypto';
import { AccessToken } from 'livekit-server-sdk';
import request from 'supertest';
import { describe, expect, it } from 'vitest';
import { createTestApp, LIVEKIT_KEY } from './test-app.ts';

const BODY = JSON.stringify({
  event: 'participant_left',
  id: 'EV_1',
  room: { name: 'web-bank-1', creationTimeMs: '1700000000123' },
  participant: { identity: 'x', kind: 'AGENT', disconnectReason: 'ROOM_DELETED', futureField: 1 },
});

async function signature(body: string, secret = LIVEKIT_KEY.apiSecret): Promise<string> {
  const token = new AccessToken(LIVEKIT_KEY.apiKey, secret, { ttl: 300 });
  token.sha256 = createHash('sha256').update(body).digest('base64');
  return token.toJwt();
}

const send = (app: ReturnType<typeof createTestApp>['app'], body: string) =>
  request(app).post('/livekit/webhook').set('Content-Type', 'application/webhook+json').send(body);

describe('events from LiveKit', () => {
  it('are read when LiveKit signed them', async () => {
    const { app, events, registry } = createTestApp();
    await send(app, BODY)
      .set('Authorization', await signature(BODY))
      .expect(200);
    expect(events).toEqual([
      {
        event: 'participant_left',
        id: 'EV_1',
        room: { name: 'web-bank-1', creationTimeMs: 1_700_000_000_123 },
        participant: { identity: 'x', kind: 'AGENT', disconnectReason: 'ROOM_DELETED' },
      },
    ]);
    expect(await registry.metrics()).toContain(
      'patchbay_api_livekit_events_total{event="participant_left"} 1',
    );
  });

  it('are refused without a signature, with another key’s, over another body, or as no JSON', async () => {
    const { app, events } = createTestApp();
    await send(app, BODY).expect(401);
    const foreign = await signature(BODY, 'a-secret-somebody-else-would-be-using');
    await send(app, BODY).set('Authorization', foreign).expect(401);
    await send(app, BODY.replace('web-bank-1', 'web-bank-2'))
      .set('Authorization', await signature(BODY))
      .expect(401);
    await send(app, 'no json')
      .set('Authorization', await signature('no json'))
      .expect(401);
    await send(app, 'x'.repeat(300_000)).expect(413);
    await request(app).get('/livekit/webhook').expect(405);
    expect(events).toEqual([]);
  });
});
