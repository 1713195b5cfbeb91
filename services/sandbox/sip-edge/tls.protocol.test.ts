import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { connect } from 'node:tls';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Baresip } from '../sip/baresip.ts';
import { runSipp } from '../sip/sipp.ts';
import { sdp, startTestApp, until, type TestApp } from './testing/drachtio-app.ts';

let app: TestApp;
beforeEach(async () => {
  app = await startTestApp();
});
afterEach(async () => {
  await app.close();
});

function tlsPort(): number {
  return app.edge.sipTlsPort ?? 0;
}

it('baresip calls over TLS and hangs up', async () => {
  let hungUp = 0;
  const seen: string[] = [];
  app.srf.invite((req, res) => {
    seen.push(req.protocol);
    void app.srf.createUAS(req, res, { localSdp: sdp() }).then((dialog) => {
      dialog.on('destroy', () => hungUp++);
    });
  });
  const phone = await Baresip.start({ transport: 'tls' });
  try {
    phone.dial('1000', { host: '127.0.0.1', port: tlsPort() });
    await phone.waitFor('CALL_ESTABLISHED');
    expect(seen).toEqual(['tls']);
    phone.hangup();
    await phone.waitFor('CALL_CLOSED');
    await until('the application hears of the BYE', () => hungUp === 1);
  } finally {
    await phone.close();
  }
});

it('hangs up on a phone over TLS by its own connection, and calls it over TLS', async () => {
  app.answerCalls((dialog) => dialog.once('ack', () => dialog.destroy()));
  const phone = await Baresip.start({ transport: 'tls', autoAnswer: true });
  try {
    phone.dial('1000', { host: '127.0.0.1', port: tlsPort() });
    await phone.waitFor('CALL_CLOSED');
    const uri = `sip:tester@127.0.0.1:${phone.port + 1};transport=tls`;
    const dialog = await app.srf.createUAC(uri, { localSdp: sdp() });
    expect(dialog.remote.sdp).toContain('m=audio');
    await Promise.resolve(dialog.destroy());
  } finally {
    await phone.close();
  }
  expect(app.edge.status().dialogs).toBe(0);
});

it('takes sipp through a tunnel of TLS, since its packages are built without TLS', async () => {
  let hungUp = 0;
  app.answerCalls((dialog) => dialog.on('destroy', () => hungUp++));
  const tunnel = createServer((socket) => {
    const secure = connect({ host: '127.0.0.1', port: tlsPort(), ca: app.edge.certificate });
    for (const end of [socket, secure]) end.on('error', () => undefined);
    socket.pipe(secure).pipe(socket);
  });
  tunnel.listen(0, '127.0.0.1');
  await once(tunnel, 'listening');
  const result = await runSipp({
    scenario: { builtin: 'uac' },
    transport: 'tcp',
    remote: { host: '127.0.0.1', port: (tunnel.address() as AddressInfo).port },
    pauseMs: 100,
    calls: 20,
    rate: 20,
  });
  tunnel.close();
  expect(result.ok ? '' : `${result.errors}\n${result.messages}\n${result.output}`).toBe('');
  await until('every BYE', () => hungUp === 20);
  expect(app.edge.status()).toMatchObject({ dialogs: 0, pending: 0, faults: {} });
});
