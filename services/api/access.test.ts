import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bearer, createTestApp, type Answer } from './test-app.ts';
import { readCookie, SESSION_COOKIE, Sessions } from './session.ts';

let webDist: string;
beforeAll(async () => {
  webDist = await mkdtemp(join(tmpdir(), 'patchbay-page-'));
  await mkdir(join(webDist, 'assets'));
  await writeFile(join(webDist, 'index.html'), '<!doctype html><title>Patchbay</title>');
  await writeFile(join(webDist, 'assets', 'main-1a2b.js'), 'export {};');
});
afterAll(() => rm(webDist, { recursive: true }));

const errorOf = (response: { body: unknown }) => (response.body as Answer).error!;

async function openPage(app: ReturnType<typeof createTestApp>['app']): Promise<string> {
  const response = await request(app).get('/').expect(200);
  return response.get('Set-Cookie')![0]!.split(';')[0]!;
}

describe('who may have a token', () => {
  it('refuses a request that says nothing about who asks, with the next step', async () => {
    const { app } = createTestApp();
    const response = await request(app).get('/api/getToken?agent=bank').expect(401);
    expect(errorOf(response)).toMatchObject({ code: 'unauthenticated' });
    expect(errorOf(response).message).toContain('Open the web page');
    expect(response.get('WWW-Authenticate')).toBe('Bearer');
    await request(app).post('/api/token?agent=bank').send({}).expect(401);
  });

  it('takes any of its access keys and no other', async () => {
    const { app } = createTestApp();
    const ask = (authorization: string) =>
      request(app).get('/api/getToken?agent=bank').set('Authorization', authorization);
    await ask('Bearer another-key-nobody-uses-here').expect(200);
    for (const wrong of [
      'Bearer nonsense',
      'Bearer ',
      'Basic YTpi',
      `Bearer ${'k'.repeat(5_000)}`,
    ]) {
      expect(errorOf(await ask(wrong).expect(401)).code).toBe('unauthenticated');
    }
  });

  it('takes the session of its own page', async () => {
    const { app } = createTestApp({ webDist });
    const cookie = await openPage(app);
    await request(app)
      .get('/api/getToken?agent=bank')
      .set({ Cookie: `other=1; ${cookie}`, 'Sec-Fetch-Site': 'same-origin' })
      .expect(200);
    await request(app)
      .post('/api/token?agent=bank')
      .set({ Cookie: cookie, Host: 'calls.example.org', Origin: 'https://calls.example.org' })
      .send({})
      .expect(201);
  });

  it.each([
    ['another site', { 'Sec-Fetch-Site': 'cross-site' }],
    ['a sibling host', { 'Sec-Fetch-Site': 'same-site' }],
    ['a typed address', { 'Sec-Fetch-Site': 'none' }],
    ['another origin in a browser without Fetch Metadata', { Origin: 'https://evil.example' }],
    ['a sandboxed frame', { Origin: 'null' }],
    ['something that is no browser', {}],
  ])('refuses the page’s session when it comes from %s', async (_from, headers) => {
    const { app } = createTestApp({ webDist });
    const response = await request(app)
      .get('/api/getToken?agent=bank')
      .set({ Cookie: await openPage(app), ...headers })
      .expect(401);
    expect(errorOf(response).code).toBe('wrong-origin');
  });

  it('refuses a forged session and says so when one is too old', async () => {
    const { app, sessions } = createTestApp({ webDist });
    const ask = (value: string) =>
      request(app)
        .get('/api/getToken?agent=bank')
        .set({ Cookie: `${SESSION_COOKIE}=${value}`, 'Sec-Fetch-Site': 'same-origin' });
    const good = sessions.issue();
    const longer = good.replace(/^v1\.(\d+)/, (_all, s: string) => `v1.${Number(s) + 9_999}`);
    for (const forged of ['', 'v1', 'v1.9999999999.x.y', longer, `${good}x`, good.slice(0, -1)]) {
      expect(errorOf(await ask(forged).expect(401)).code).toBe('unauthenticated');
    }
    const old = new Sessions({
      secret: 'x'.repeat(32),
      ttlSeconds: 60,
      now: () => Date.now() - 61_000,
    }).issue();
    expect(errorOf(await ask(old).expect(401)).code).toBe('session-expired');
  });

  it('hands out the session so that scripts and other sites can’t use it', async () => {
    const { app } = createTestApp({ webDist, trustProxy: 1 });
    const cookie = (await request(app).get('/')).get('Set-Cookie')![0]!;
    expect(cookie).toMatch(/HttpOnly/);
    expect(cookie).toMatch(/SameSite=Strict/);
    expect(cookie).toMatch(/Max-Age=3600/);
    expect(cookie).not.toMatch(/Secure/);
    const https = await request(app).get('/').set('X-Forwarded-Proto', 'https');
    expect(https.get('Set-Cookie')![0]).toMatch(/Secure/);
  });
});

describe('how much one caller may ask', () => {
  it('refuses the request over the limit and says when to come back', async () => {
    const { app } = createTestApp({ rateLimits: { perAddress: 2, perKey: 3 } });
    await request(app).get('/api/getToken?agent=bank').expect(401);
    await request(app).get('/api/getToken?agent=bank').expect(401);
    const response = await request(app).get('/api/getToken?agent=bank').expect(429);
    expect(errorOf(response).code).toBe('rate-limited');
    expect(Number(response.get('Retry-After'))).toBeGreaterThan(0);
    for (const status of [200, 200, 200, 429]) {
      await request(app).get('/api/getToken?agent=bank').set(bearer).expect(status);
    }
  });

  it('tells callers behind a trusted proxy apart, and believes no other proxy', async () => {
    const limits = { rateLimits: { perAddress: 1, perKey: 1 } };
    const from = (app: ReturnType<typeof createTestApp>['app'], address: string) =>
      request(app).get('/api/getToken?agent=bank').set('X-Forwarded-For', address);
    const trusting = createTestApp({ ...limits, trustProxy: 1 }).app;
    await from(trusting, '203.0.113.1').expect(401);
    await from(trusting, '203.0.113.2').expect(401);
    await from(trusting, '203.0.113.1').expect(429);
    const wary = createTestApp(limits).app;
    await from(wary, '203.0.113.1').expect(401);
    await from(wary, '203.0.113.2').expect(429);
  });

  it('counts the addresses of one IPv6 customer as one', async () => {
    const { app } = createTestApp({ rateLimits: { perAddress: 1, perKey: 1 }, trustProxy: 1 });
    const from = (address: string) =>
      request(app).get('/api/getToken?agent=bank').set('X-Forwarded-For', address);
    await from('2001:db8:1:2::1').expect(401);
    await from('2001:db8:1:2::ffff').expect(429);
    await from('2001:db8:ffff::1').expect(401);
  });

  it('refuses a caller who already has their share of calls', async () => {
    const { app } = createTestApp({ webDist, capacity: 100 });
    const cookie = await openPage(app);
    const ask = () =>
      request(app)
        .get('/api/getToken?agent=bank')
        .set({ Cookie: cookie, 'Sec-Fetch-Site': 'same-origin' });
    for (let call = 0; call < 5; call++) await ask().expect(200);
    const response = await ask().expect(429);
    expect(errorOf(response).code).toBe('too-many-calls');
    await request(app).get('/api/getToken?agent=bank').set(bearer).expect(200);
  });
});

describe('the page', () => {
  it('is served fresh, its assets to be kept', async () => {
    const { app } = createTestApp({ webDist });
    const page = await request(app).get('/').expect(200).expect('Cache-Control', 'no-store');
    expect(page.text).toContain('Patchbay');
    const asset = await request(app).get('/assets/main-1a2b.js').expect(200);
    expect(asset.get('Cache-Control')).toContain('immutable');
    expect(asset.get('Set-Cookie')).toBeUndefined();
    await request(app).get('/assets/').expect(404);
    await request(app).get('/assets/..%2f..%2fpackage.json').expect(404);
  });

  it('may load and reach only itself and LiveKit, may not be framed, and has the microphone', async () => {
    const { app } = createTestApp({ webDist });
    const page = await request(app).get('/').expect(200);
    const policy = page.get('Content-Security-Policy')!;
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).toContain(
      "connect-src 'self' wss://livekit.example.org https://livekit.example.org",
    );
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('unsafe');
    expect(page.get('Permissions-Policy')).toContain('microphone=(self)');
    expect(page.get('X-Content-Type-Options')).toBe('nosniff');
    expect(page.get('X-Powered-By')).toBeUndefined();
  });

  it('says how to build it when it is not built', async () => {
    const { app } = createTestApp();
    const response = await request(app).get('/').expect(503);
    expect(response.text).toContain('npm run build:web');
    expect(response.get('Set-Cookie')).toBeUndefined();
  });
});

describe('reading cookies', () => {
  it('finds the one asked for among others', () => {
    expect(readCookie('a=1; patchbay_session=x=y ;b=2', 'patchbay_session')).toBe('x=y');
    expect(readCookie('xpatchbay_session=1', 'patchbay_session')).toBeUndefined();
    expect(readCookie(undefined, 'a')).toBeUndefined();
  });
});
