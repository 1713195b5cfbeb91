import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { silentLogger } from '@patchbay/common/logger';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeFrame, FrameReader } from './frame.ts';
import { AppServer, type App, type SipFrame } from './server.ts';

/** An application that speaks the protocol by hand. */
class RawApp {
  readonly socket: Socket;
  readonly closed: Promise<unknown>;
  readonly #reader = new FrameReader();
  readonly #came: string[][] = [];
  #wake: () => void = () => undefined;

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1');
    this.closed = once(this.socket, 'close');
    this.socket.on('error', () => undefined);
    this.socket.on('data', (chunk) => {
      const payloads = this.#reader.push(chunk);
      if (typeof payloads === 'string') throw new Error(payloads);
      for (const payload of payloads) this.#came.push(payload.toString().split('|').slice(1));
      this.#wake();
    });
  }

  send(text: string): void {
    this.socket.write(encodeFrame(Buffer.from(text)));
  }

  /** The next answer's fields after the id. */
  async next(): Promise<string[]> {
    while (this.#came.length === 0) await new Promise<void>((resolve) => (this.#wake = resolve));
    return this.#came.shift() ?? [];
  }
}

describe('the place where applications connect', () => {
  let server: AppServer;
  const frames: SipFrame[] = [];
  const gone: App[] = [];
  const apps: RawApp[] = [];
  const open = () => {
    const app = new RawApp(server.port);
    apps.push(app);
    return app;
  };
  beforeEach(async () => {
    frames.length = gone.length = 0;
    server = await AppServer.listen({
      host: '127.0.0.1',
      port: 0,
      secret: 'cymru',
      sipAddresses: 'tcp/127.0.0.1:5060,udp/127.0.0.1:5060',
      log: silentLogger(),
      onFrame: (_app, frame) => frames.push(frame),
      onGone: (app) => gone.push(app),
    });
  });
  afterEach(async () => {
    for (const { socket } of apps.splice(0)) socket.destroy();
    await server.close();
  });
  const enter = async () => {
    const app = open();
    app.send('1|authenticate|cymru|');
    expect((await app.next()).slice(0, 3)).toEqual(['response', '1', 'OK']);
    return app;
  };

  it('tells its SIP addresses and a version that makes the client ping', async () => {
    const app = open();
    app.send('1|authenticate|cymru|');
    const addresses = 'tcp/127.0.0.1:5060,udp/127.0.0.1:5060';
    const [, , , ...fields] = await app.next();
    expect(fields).toEqual([addresses, expect.stringMatching(/^v\d+\.\d+\.\d+/), addresses]);
  });

  it('answers a wrong secret with NO and closes', async () => {
    const app = open();
    app.send('1|authenticate|england|');
    expect(await app.next()).toEqual(['response', '1', 'NO', 'incorrect secret']);
    await app.closed;
    expect(gone).toEqual([]);
  });

  it.each(['1|ping', '1|route|invite', '1|sip||\r\nOPTIONS sip:a@b SIP/2.0\r\n\r\n'])(
    'refuses %j before authentication',
    async (text) => {
      const app = open();
      app.send(text);
      expect(await app.next()).toEqual(['response', '1', 'NO', 'not authenticated']);
      await app.closed;
      expect(frames).toEqual([]);
    },
  );

  it('gives requests by turns to those who want the verb, however often they said so', async () => {
    const one = await enter();
    const two = await enter();
    for (const app of [one, one, two]) {
      app.send('2|route|invite');
      expect(await app.next()).toEqual(['response', '2', 'OK']);
    }
    const picked = Array.from({ length: 4 }, () => server.pick('INVITE'));
    expect(picked[0]).not.toBe(picked[1]);
    expect(picked.slice(2)).toEqual(picked.slice(0, 2));
    expect(server.pick('REGISTER')).toBeUndefined();
    two.send('3|remove_route|invite');
    await two.next();
    expect(new Set(Array.from({ length: 4 }, () => server.pick('INVITE'))).size).toBe(1);
  });

  it('answers ping, refuses proxying and passes SIP on', async () => {
    const app = await enter();
    app.send('2|ping');
    expect(await app.next()).toEqual(['response', '2', 'OK', 'pong']);
    app.send('3|proxy|t||||serial|||sip:a\r\nINVITE sip:a SIP/2.0\r\n\r\n');
    expect(await app.next()).toEqual([
      'response',
      '3',
      'NOK',
      'proxy is not supported by this edge',
    ]);
    app.send('4|sip||\r\nOPTIONS sip:a@b SIP/2.0\r\n\r\n');
    app.send('5|ping');
    await app.next();
    expect(frames).toMatchObject([{ type: 'request', id: '4' }]);
  });

  it('closes on what is not the protocol, and says what it knows', async () => {
    for (const [text, reason] of [
      ['2|dance', 'Unknown message type'],
      ['2', 'Invalid message format'],
      ['2|sip||\r\nSIP/2.0 200 OK\r\n\r\n', 'transaction id missing'],
    ] as const) {
      const app = await enter();
      app.send(text);
      expect(await app.next()).toEqual(['response', '2', 'NO', reason]);
      await app.closed;
    }
    const app = await enter();
    app.socket.write('123456#');
    await app.closed;
    expect(gone).toHaveLength(4);
  });

  it('keeps the connection when only a message is bad', async () => {
    const app = await enter();
    app.send('2|sip||\r\nOPTIONS sip:a@b SIP/2.0\r\nX: 1\nY: 2\r\n\r\n');
    expect(await app.next()).toEqual([
      'response',
      '2',
      'NOK',
      expect.stringContaining('bad-header'),
    ]);
    app.send('3|ping');
    expect(await app.next()).toEqual(['response', '3', 'OK', 'pong']);
  });

  it('says when an application is gone, once', async () => {
    const app = await enter();
    expect(server.apps).toBe(1);
    app.socket.destroy();
    await expect.poll(() => gone.length).toBe(1);
    expect(server.apps).toBe(0);
  });
});
