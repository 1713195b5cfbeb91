import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { runSipp, startSipp } from '../sip/sipp.ts';
import { connectApp, sdp, startTestApp, until, type TestApp } from './testing/drachtio-app.ts';

const FAST = { t1Ms: 20, t2Ms: 80, t4Ms: 100 };

function scenario(name: string): string {
  return fileURLToPath(new URL(`./testdata/${name}.xml`, import.meta.url));
}

describe('when things go wrong at the edge', () => {
  const apps: TestApp[] = [];
  const start = async (...args: Parameters<typeof startTestApp>) => {
    const app = await startTestApp(...args);
    apps.push(app);
    return app;
  };
  afterEach(async () => {
    for (const app of apps.splice(0)) await app.close();
  });

  it('gives up a caller who never acknowledges the answer', async () => {
    const app = await start(FAST);
    const reasons: string[] = [];
    app.answerCalls((dialog) =>
      dialog.on('destroy', (...given: unknown[]) => reasons.push(String(given[1]))),
    );
    const result = await runSipp({
      scenario: scenario('caller-never-acknowledges'),
      remote: app.server,
    });
    expect(result.errors).toBe('');
    expect(result.messages).toContain('Reason: SIP ;cause=200 ;text="ACK timeout"');
    expect(result.messages.split('SIP/2.0 200 OK').length).toBeGreaterThan(4);
    await until('the application is told', () => reasons.length === 1);
    expect(reasons).toEqual(['ACK timeout']);
    await until('the dialog is gone', () => app.edge.status().dialogs === 0);
  });

  it('answers 503 at once when the application goes while it rings', async () => {
    const app = await start();
    app.srf.invite((_req, res) => {
      res.send(180);
      app.leave();
    });
    const result = await runSipp({
      scenario: scenario('caller-loses-application'),
      remote: app.server,
    });
    expect(result.errors).toBe('');
    await until('nothing is left', () => app.edge.status().dialogs === 0);
    expect(app.edge.status()).toMatchObject({ apps: 0, pending: 0 });
  });

  it('hangs up when the application goes during the call', async () => {
    const app = await start();
    app.answerCalls((dialog) => dialog.once('ack', () => app.leave()));
    const result = await runSipp({
      scenario: scenario('caller-is-hung-up-on'),
      remote: app.server,
    });
    expect(result.errors).toBe('');
    expect(result.messages).toContain('text="application gone"');
    await until('the dialog is gone', () => app.edge.status().dialogs === 0);
  });

  it('cancels what rings when the application that called goes', async () => {
    const app = await start();
    const callee = await startSipp({ scenario: scenario('callee-rings') });
    void app.srf
      .createUAC(
        `sip:9@127.0.0.1:${callee.port}`,
        { localSdp: sdp() },
        { cbProvisional: () => app.leave() },
      )
      .catch(() => undefined);
    expect((await callee.done).errors).toBe('');
  });

  it('says 503 to an application that calls a TCP port where nobody listens', async () => {
    const app = await start();
    const uri = 'sip:9@127.0.0.1:1;transport=tcp';
    await expect(app.srf.createUAC(uri, { localSdp: sdp() })).rejects.toMatchObject({
      status: 503,
    });
  });

  it('says 408 to an application that gets no answer over UDP', async () => {
    const app = await start(FAST);
    const deaf = createSocket('udp4').bind(0, '127.0.0.1');
    await once(deaf, 'listening');
    let copies = 0;
    deaf.on('message', () => copies++);
    const uri = `sip:9@127.0.0.1:${deaf.address().port}`;
    await expect(app.srf.createUAC(uri, { localSdp: sdp() })).rejects.toMatchObject({
      status: 408,
    });
    expect(copies).toBeGreaterThan(3);
    deaf.close();
  });

  it('names what it will not send', async () => {
    const app = await start();
    const refusal = (uri: string, headers: Record<string, string> = {}) =>
      app.srf.createUAC(uri, { localSdp: sdp(), headers }).catch((error: unknown) => error);
    const me = `sip:9@127.0.0.1:${app.edge.sipPort}`;
    expect(await refusal(me)).toMatchObject({ message: 'can not send request to myself' });
    expect(await refusal('sip:9@127.0.0.1;transport=sctp')).toMatchObject({
      message: 'requested protocol/transport not available',
    });
    const smuggled = { 'X-Name': 'x\r\n\r\nv=0\r\no=smuggled' };
    expect(await refusal('sip:9@127.0.0.1:9', smuggled)).toMatchObject({
      code: 'EDRACHTIO',
      message: expect.stringContaining('message refused') as string,
    });
    const twice = { 'X-Name': 'x\r\nFrom: <sip:evil@example.com>', from: '<sip:a@b>' };
    expect(await refusal('sip:9@127.0.0.1:9', twice)).toMatchObject({
      message: expect.stringContaining('given twice') as string,
    });
    const bare = { 'X-Name': 'x\nX-Evil: y' };
    expect(await refusal('sip:9@127.0.0.1:9', bare)).toMatchObject({
      message: expect.stringContaining('bad-header') as string,
    });
  });

  it('lets nobody in without the secret', async () => {
    const app = await start();
    await expect(connectApp(app.edge, 'wrong')).rejects.toThrow('failed to authenticate');
    expect(app.edge.status().apps).toBe(1);
  });

  it('shares calls between two applications, and goes on with one', async () => {
    const app = await start();
    const second = await connectApp(app.edge);
    const answered = [0, 0];
    app.answerCalls(() => answered[0]!++);
    second.invite((req, res) => {
      void second.createUAS(req, res, { localSdp: sdp() }).then(() => answered[1]!++);
    });
    // Frames are answered in order: after this refusal the route is known.
    const me = `sip:9@127.0.0.1:${app.edge.sipPort}`;
    await second.createUAC(me, { localSdp: sdp() }).catch(() => undefined);
    const calls = (count: number) =>
      runSipp({
        scenario: { builtin: 'uac' },
        remote: app.server,
        calls: count,
        pauseMs: 20,
      });
    expect((await calls(4)).successful).toBe(4);
    expect(answered).toEqual([2, 2]);
    second.disconnect();
    await until('it is gone', () => app.edge.status().apps === 1);
    expect((await calls(2)).successful).toBe(2);
    expect(answered).toEqual([4, 2]);
  });

  it('goes on after garbage on every socket', async () => {
    const app = await start();
    app.answerCalls();
    const udp = createSocket('udp4');
    const send = (data: Buffer) =>
      new Promise((resolve) => udp.send(data, app.edge.sipPort, '127.0.0.1', resolve));
    const random = Buffer.from(Array.from({ length: 60_000 }, (_, i) => (i * 7919) % 256));
    for (const data of [
      Buffer.alloc(0),
      Buffer.from('\r\n\r\n'),
      Buffer.from('x'.repeat(40_000)),
      Buffer.from('INVITE sip:a@b SIP/2.0\r\n\r\n'),
      Buffer.from('SIP/2.0 200 OK\r\nVia: nonsense\r\n\r\n'),
      random,
    ]) {
      await send(data);
    }
    for (const port of [app.edge.sipPort, app.edge.appPort]) {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => undefined);
      const closed = once(socket, 'close');
      socket.resume();
      socket.write(random);
      await closed;
    }
    udp.close();
    const result = await runSipp({ scenario: { builtin: 'uac' }, remote: app.server, pauseMs: 20 });
    expect(result.ok).toBe(true);
    expect(app.edge.status().faults).toMatchObject({ 'missing-header': 2, 'broken-stream': 1 });
    expect(app.edge.status().apps).toBe(1);
  });
});
