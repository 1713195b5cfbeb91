import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fileURLToPath } from 'node:url';
import { Baresip } from '../sip/baresip.ts';
import { runSipp, startSipp, type SippResult } from '../sip/sipp.ts';
import { sdp, startTestApp, until, type TestApp } from './testing/drachtio-app.ts';

const TRANSPORTS = ['udp', 'tcp'] as const;

function scenario(name: string): string {
  return fileURLToPath(new URL(`./testdata/${name}.xml`, import.meta.url));
}

function expectOk(result: SippResult): void {
  expect(result.ok ? '' : `${result.errors}\n${result.messages}\n${result.output}`).toBe('');
}

describe.each(TRANSPORTS)(
  'a drachtio-srf application behind the edge, called over %s',
  (transport) => {
    let app: TestApp;
    beforeEach(async () => {
      app = await startTestApp();
    });
    afterEach(async () => {
      await app.close();
    });
    const call = (name: string) =>
      runSipp({ scenario: scenario(name), transport, remote: app.server, service: '1000' });

    it('takes the plainest call that sipp knows', async () => {
      let hungUp = 0;
      app.answerCalls((dialog) => dialog.on('destroy', () => hungUp++));
      const result = await runSipp({
        scenario: { builtin: 'uac' },
        transport,
        remote: app.server,
        pauseMs: 50,
      });
      expectOk(result);
      await until('the application hears of the BYE', () => hungUp === 1);
      expect(app.edge.status()).toMatchObject({ dialogs: 0, pending: 0, faults: {} });
    });

    it('hears INFO, re-INVITE and OPTIONS within a call', async () => {
      const heard: string[] = [];
      app.answerCalls((dialog) => {
        dialog.on('info', (req, res) => {
          heard.push(`INFO ${req.get('Content-Type')} ${req.body.split('\r\n')[0] ?? ''}`);
          res.send(200);
        });
        dialog.on('modify', (req, res) => {
          heard.push(`re-INVITE ${/^o=.*$/m.exec(req.body)?.[0] ?? ''}`);
          res.send(200, { body: sdp(2) });
        });
        dialog.on('options', (_req, res) => {
          heard.push('OPTIONS');
          res.send(200);
        });
        dialog.on('destroy', () => heard.push('BYE'));
      });
      expectOk(await call('caller-full-dialog'));
      await until('the BYE', () => heard.includes('BYE'));
      expect(heard).toEqual([
        'INFO application/dtmf-relay Signal=5',
        're-INVITE o=caller 1 2 IN IP4 127.0.0.1',
        'OPTIONS',
        'BYE',
      ]);
    });

    it.each(['caller-cancels', 'caller-cancels-early'])('hears CANCEL: %s', async (name) => {
      let cancelled = '';
      let answering: Promise<unknown> = Promise.resolve();
      app.srf.invite((req, res) => {
        req.on('cancel', (cancel) => {
          cancelled = cancel.get('Reason');
          answering = app.srf
            .createUAS(req, res, { localSdp: sdp() })
            .then(() => 'answered', String);
        });
        if (name === 'caller-cancels') res.send(180);
      });
      expectOk(await call(name));
      await until('the application hears of it', () => cancelled !== '');
      expect(cancelled).toContain('caller gave up');
      expect(await answering).toContain('unknown transaction');
      expect(app.edge.status()).toMatchObject({ dialogs: 0, pending: 0 });
    });

    it('hangs up', async () => {
      let byeAnswered = false;
      app.answerCalls((dialog) => {
        dialog.once('ack', () => {
          void Promise.resolve(dialog.destroy()).then(() => (byeAnswered = true));
        });
      });
      expectOk(await call('caller-is-hung-up-on'));
      await until('the answer to BYE', () => byeAnswered);
      expect(app.edge.status().dialogs).toBe(0);
    });

    it('hangs up right after answering, and the BYE waits for the ACK', async () => {
      app.answerCalls((dialog) => dialog.destroy());
      expectOk(await call('caller-is-hung-up-on'));
    });

    it('refuses', async () => {
      app.srf.invite((_req, res) => res.send(486));
      expectOk(await call('caller-is-refused'));
    });

    it('answers OPTIONS', async () => {
      app.srf.use('options', (_req, res) => res.send(200));
      expectOk(await call('options-gets-200'));
    });

    it('does not get a REGISTER it did not ask for', async () => {
      app.answerCalls();
      expectOk(await call('register-gets-503'));
    });

    it('answers by the way of the Record-Route', async () => {
      app.answerCalls((dialog) => dialog.once('ack', () => dialog.destroy()));
      expectOk(await call('caller-through-proxy'));
    });

    it('calls, changes the call, sends INFO and hangs up', async () => {
      const callee = await startSipp({ scenario: scenario('callee-answers'), transport });
      const rung: number[] = [];
      const dialog = await app.srf.createUAC(
        `sip:+12025550101@127.0.0.1:${callee.port};transport=${transport}`,
        { localSdp: sdp(), headers: { From: '<sip:+12025550187@localhost>', 'X-Room': 'room-1' } },
        { cbProvisional: (response) => rung.push(response.status) },
      );
      expect(rung).toEqual([180]);
      expect(dialog.remote.sdp).toContain('o=callee 1 1');
      expect(await dialog.modify(sdp(2))).toContain('o=callee 1 2');
      const info = { method: 'INFO', headers: { 'Content-Type': 'text/plain' }, body: 'olé' };
      const response = await dialog.request(info as never);
      expect(response.status).toBe(200);
      await Promise.resolve(dialog.destroy());
      const late: unknown = await dialog
        .request({ method: 'INFO' } as never)
        .catch((e: unknown) => e);
      expect(late).toMatchObject({ code: 'ENODIALOG' });
      const result = await callee.done;
      expectOk(result);
      expect(result.messages).toContain(
        `From: <sip:+12025550187@127.0.0.1:${app.edge.sipPort}>;tag=`,
      );
      expect(result.messages).toContain('X-Room: room-1');
      expect(result.messages).toContain('Content-Length: 4\r\n\r\nolé');
    });

    it('cancels its own call while it rings', async () => {
      const callee = await startSipp({ scenario: scenario('callee-rings'), transport });
      const error: unknown = await new Promise((resolve) => {
        let sent: { cancel(callback: () => void): void } | undefined;
        app.srf
          .createUAC(
            `sip:9@127.0.0.1:${callee.port};transport=${transport}`,
            { localSdp: sdp() },
            {
              cbRequest: (...given: unknown[]) => (sent = given[1] as typeof sent),
              cbProvisional: () => sent?.cancel(() => undefined),
            },
          )
          .then(resolve, resolve);
      });
      expect(error).toMatchObject({ status: 487 });
      expectOk(await callee.done);
    });

    it('is told that the callee is busy', async () => {
      const callee = await startSipp({ scenario: scenario('callee-refuses'), transport });
      const uri = `sip:9@127.0.0.1:${callee.port};transport=${transport}`;
      await expect(app.srf.createUAC(uri, { localSdp: sdp() })).rejects.toMatchObject({
        status: 486,
      });
      expectOk(await callee.done);
    });

    it('gives its password when asked, in the same call', async () => {
      const callee = await startSipp({ scenario: scenario('callee-challenges'), transport });
      const dialog = await app.srf.createUAC(
        `sip:9@127.0.0.1:${callee.port};transport=${transport}`,
        { localSdp: sdp(), auth: { username: 'user', password: 'pass' } },
      );
      await Promise.resolve(dialog.destroy());
      expectOk(await callee.done);
    });

    it('is hung up on by a callee behind a Record-Route', async () => {
      const callee = await startSipp({ scenario: scenario('callee-hangs-up'), transport });
      const dialog = await app.srf.createUAC(
        `sip:9@127.0.0.1:${callee.port};transport=${transport}`,
        { localSdp: sdp() },
      );
      await new Promise<void>((resolve) => dialog.on('destroy', () => resolve()));
      expectOk(await callee.done);
    });

    it('asks OPTIONS of somebody', async () => {
      const callee = await startSipp({ scenario: scenario('request-gets-200'), transport });
      const uri = `sip:127.0.0.1:${callee.port};transport=${transport}`;
      const response = await app.request(uri, { method: 'OPTIONS', headers: { 'X-Foo': 'bar' } });
      expect(response.status).toBe(200);
      expectOk(await callee.done);
    });

    it('takes 60 calls at 30 a second and keeps nothing of them', async () => {
      let hungUp = 0;
      app.answerCalls((dialog) => dialog.on('destroy', () => hungUp++));
      const result = await runSipp({
        scenario: { builtin: 'uac' },
        transport,
        remote: app.server,
        pauseMs: 200,
        calls: 60,
        rate: 30,
      });
      expectOk(result);
      expect(result.successful).toBe(60);
      await until('every BYE', () => hungUp === 60);
      expect(app.edge.status()).toMatchObject({ dialogs: 0, pending: 0, faults: {} });
    });

    it('talks with baresip, which hangs up', async () => {
      let hungUp = 0;
      app.answerCalls((dialog) => dialog.on('destroy', () => hungUp++));
      const phone = await Baresip.start({ transport });
      try {
        phone.dial('1000', app.server);
        await phone.waitFor('CALL_RINGING');
        await phone.waitFor('CALL_ESTABLISHED');
        await until('the dialog', () => app.dialogs.length === 1);
        expect(app.edge.status().dialogs).toBe(1);
        phone.hangup();
        await phone.waitFor('CALL_CLOSED');
        await until('the application hears of the BYE', () => hungUp === 1);
        expect(app.edge.status().dialogs).toBe(0);
      } finally {
        await phone.close();
      }
    });

    it('hangs up on baresip, and calls it', async () => {
      app.answerCalls((dialog) => dialog.once('ack', () => dialog.destroy()));
      const phone = await Baresip.start({ transport, autoAnswer: true });
      try {
        phone.dial('1000', app.server);
        await phone.waitFor('CALL_CLOSED');
        const uri = `sip:tester@127.0.0.1:${phone.port};transport=${transport}`;
        const dialog = await app.srf.createUAC(uri, { localSdp: sdp() });
        expect(dialog.remote.sdp).toContain('m=audio');
        await Promise.resolve(dialog.destroy());
      } finally {
        await phone.close();
      }
      expect(app.edge.status().dialogs).toBe(0);
    });
  },
);
