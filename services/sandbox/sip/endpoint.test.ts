import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterEach, describe, expect, it } from 'vitest';
import { createResponse } from './build.ts';
import { SipEndpoint, type EndpointOptions, type Incoming } from './endpoint.ts';
import { field, header, type SipRequest } from './message.ts';

const closers: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function open(options: Partial<EndpointOptions> = {}) {
  const incoming: Incoming[] = [];
  const acks: SipRequest[] = [];
  const faults: string[] = [];
  const endpoint = await SipEndpoint.open({
    host: '127.0.0.1',
    port: 0,
    onRequest: (request) => {
      incoming.push(request);
      request.transaction.respond(createResponse(request.request, 200));
    },
    onAck: (ack) => acks.push(ack),
    onFault: (fault) => faults.push(fault),
    ...options,
  });
  closers.push(() => endpoint.close());
  return { endpoint, incoming, acks, faults };
}

function options(port: number, host = '127.0.0.1'): SipRequest {
  return {
    kind: 'request',
    method: 'OPTIONS',
    uri: `sip:${host}:${port}`,
    headers: [
      field('From', '<sip:a@h>;tag=1'),
      field('To', '<sip:b@h>'),
      field('Call-ID', 'c'),
      field('CSeq', '1 OPTIONS'),
    ],
    body: Buffer.alloc(0),
  };
}

/** Send a request and say how it ended. */
function ask(
  endpoint: SipEndpoint,
  request: SipRequest,
  protocol: 'udp' | 'tcp',
  port: number,
  host = '127.0.0.1',
) {
  return new Promise<number>((resolve) => {
    endpoint.request(request, endpoint.flowTo(protocol, host, port), {
      onResponse: (response) => resolve(response.status),
      onFailure: resolve,
    });
  });
}

async function udpPeer(): Promise<UdpSocket> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  closers.push(() => new Promise<void>((resolve) => socket.close(resolve)));
  return socket;
}

const raw = (method: string, via: string, more = '') =>
  `${method} sip:x SIP/2.0\r\nVia: ${via}\r\nFrom: <sip:a>;tag=1\r\nTo: <sip:b>\r\nCall-ID: c\r\n` +
  `CSeq: 1 ${method}\r\n${more}\r\n`;

describe('an endpoint on real sockets', () => {
  it.each(['udp', 'tcp'] as const)('asks and answers over %s', async (protocol) => {
    const a = await open();
    const b = await open();
    const request = options(b.endpoint.port);
    expect(await ask(a.endpoint, request, protocol, b.endpoint.port)).toBe(200);
    expect(header(request, 'via')).toMatch(
      new RegExp(
        `^SIP/2.0/${protocol.toUpperCase()} 127.0.0.1:${a.endpoint.port};branch=z9hG4bK\\w+;rport$`,
      ),
    );
    expect(b.incoming[0]?.flow.protocol).toBe(protocol);
  });

  const hasIpv6 = Object.values(networkInterfaces()).some((list) =>
    list?.some((i) => i.address === '::1'),
  );
  it.skipIf(!hasIpv6)('speaks IPv6', async () => {
    const a = await open({ host: '::1' });
    const b = await open({ host: '::1' });
    for (const protocol of ['udp', 'tcp'] as const) {
      const request = options(b.endpoint.port, '[::1]');
      expect(await ask(a.endpoint, request, protocol, b.endpoint.port, '::1')).toBe(200);
      expect(header(b.incoming[0]!.request, 'via')).not.toContain('received');
    }
  });

  it('uses one TCP connection for many requests', async () => {
    const a = await open();
    const b = await open();
    for (let i = 0; i < 3; i++)
      await ask(a.endpoint, options(b.endpoint.port), 'tcp', b.endpoint.port);
    expect(new Set(b.incoming.map(({ flow }) => flow.remotePort)).size).toBe(1);
  });

  it('says 503 when nobody listens on a TCP port', async () => {
    const { endpoint } = await open();
    expect(await ask(endpoint, options(1), 'tcp', 1)).toBe(503);
  });

  it('answers to where a UDP request came from, whatever its Via says (RFC 3581)', async () => {
    const { endpoint, incoming } = await open();
    const peer = await udpPeer();
    const answered = once(peer, 'message');
    peer.send(
      raw('OPTIONS', 'SIP/2.0/UDP 192.0.2.1:9;branch=z9hG4bKx'),
      endpoint.port,
      '127.0.0.1',
    );
    const text = String((await answered)[0]);
    const { port } = peer.address();
    const via = `SIP/2.0/UDP 192.0.2.1:9;branch=z9hG4bKx;rport=${port};received=127.0.0.1`;
    expect(text).toContain(`Via: ${via}\r\n`);
    expect(header(incoming[0]!.request, 'via')).toBe(via);
  });

  it('hands up a repeated request once, and two from different senders with one branch twice', async () => {
    const { endpoint, incoming } = await open();
    const peer = await udpPeer();
    const answers = (count: number) =>
      new Promise<void>((resolve) => {
        let left = count;
        peer.on('message', () => --left === 0 && resolve());
      });
    const all = answers(3);
    for (const host of ['h1', 'h1', 'h2']) {
      peer.send(raw('OPTIONS', `SIP/2.0/UDP ${host};branch=z9hG4bKx`), endpoint.port, '127.0.0.1');
    }
    await all;
    expect(incoming).toHaveLength(2);
  });

  it('knows repeated requests of RFC 2543 peers, without a branch that counts', async () => {
    const { endpoint, incoming } = await open();
    const peer = await udpPeer();
    for (const branch of ['', ';branch=z9hG4bK', '']) {
      const answered = once(peer, 'message');
      peer.send(raw('OPTIONS', `SIP/2.0/UDP h${branch}`), endpoint.port, '127.0.0.1');
      await answered;
    }
    expect(incoming).toHaveLength(1);
  });

  it('answers 400 to a request that is wrong but can be answered, and keeps nothing of it', async () => {
    const { endpoint, faults } = await open();
    const peer = await udpPeer();
    const answered = once(peer, 'message');
    peer.send(
      raw('OPTIONS', 'SIP/2.0/UDP h;branch=z9hG4bKx', 'rubbish\r\n'),
      endpoint.port,
      '127.0.0.1',
    );
    expect(String((await answered)[0])).toContain('SIP/2.0 400 Bad Request (bad-header)');
    expect(faults).toEqual(['bad-header']);
    expect(endpoint.transactions).toBe(0);
  });

  it('hands up the ACK of a 2xx and keeps the ACK of a refusal', async () => {
    let status = 200;
    const { endpoint, acks } = await open({
      onRequest: ({ request, transaction }) => transaction.respond(createResponse(request, status)),
    });
    const peer = await udpPeer();
    for (status of [200, 486]) {
      const via = `SIP/2.0/UDP h;branch=z9hG4bK${status}`;
      const answered = once(peer, 'message');
      peer.send(raw('INVITE', via), endpoint.port, '127.0.0.1');
      await answered;
      const ack = raw('ACK', status === 200 ? 'SIP/2.0/UDP h;branch=z9hG4bKack' : via);
      peer.send(ack, endpoint.port, '127.0.0.1');
    }
    const done = once(peer, 'message');
    peer.send(raw('OPTIONS', 'SIP/2.0/UDP h;branch=z9hG4bKlast'), endpoint.port, '127.0.0.1');
    await done;
    expect(acks.map((ack) => header(ack, 'via'))).toEqual([expect.stringContaining('z9hG4bKack')]);
  });

  it('answers a double CRLF on TCP with one CRLF, and is silent to keepalives on UDP', async () => {
    const { endpoint, faults } = await open();
    const socket = connect(endpoint.port, '127.0.0.1');
    closers.push(() => void socket.destroy());
    socket.write('\r\n\r\n');
    expect(String((await once(socket, 'data'))[0])).toBe('\r\n');
    const peer = await udpPeer();
    for (const data of ['', '\r\n\r\n', '\0', 'jaK']) peer.send(data, endpoint.port, '127.0.0.1');
    const answered = once(peer, 'message');
    peer.send(raw('OPTIONS', 'SIP/2.0/UDP h;branch=z9hG4bKx'), endpoint.port, '127.0.0.1');
    expect(String((await answered)[0])).toContain('200 OK');
    expect(faults).toEqual([]);
  });

  it('closes a TCP connection that does not speak SIP', async () => {
    const { endpoint, faults } = await open();
    const socket = connect(endpoint.port, '127.0.0.1');
    socket.on('error', () => undefined);
    const closed = once(socket, 'close');
    socket.write('x'.repeat(40_000));
    await closed;
    expect(faults).toEqual(['broken-stream']);
  });

  it('opens a connection for an answer when the caller’s is gone (RFC 3261 §18.2.2)', async () => {
    const listener = createServer();
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    closers.push(() => new Promise<void>((resolve) => void listener.close(() => resolve())));
    const { port } = listener.address() as AddressInfo;
    let waiting: Incoming | undefined;
    const { endpoint } = await open({ onRequest: (incoming) => (waiting = incoming) });
    const caller = connect(endpoint.port, '127.0.0.1');
    caller.write(raw('OPTIONS', `SIP/2.0/TCP 127.0.0.1:${port};branch=z9hG4bKx`));
    await expect.poll(() => waiting).toBeDefined();
    caller.destroy();
    await expect.poll(() => waiting?.flow.open).toBe(false);
    const connected = once(listener, 'connection') as Promise<[ReturnType<typeof connect>]>;
    waiting!.transaction.respond(createResponse(waiting!.request, 200));
    const [socket] = await connected;
    closers.push(() => void socket.destroy());
    expect(String((await once(socket, 'data'))[0])).toContain('SIP/2.0 200 OK');
  });

  it('takes the same port for UDP and TCP, and says so when it is taken', async () => {
    const { endpoint } = await open();
    await expect(open({ port: endpoint.port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    const peer = await udpPeer();
    await expect(open({ port: peer.address().port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});
