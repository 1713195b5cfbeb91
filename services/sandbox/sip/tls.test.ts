import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { connect } from 'node:tls';
import { afterEach, expect, it } from 'vitest';
import { createResponse } from './build.ts';
import { SipEndpoint, type EndpointHandlers } from './endpoint.ts';
import { field, header, type SipRequest, type SipResponse } from './message.ts';
import { selfSigned } from './self-signed.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const thing of open.splice(0)) await thing.close();
});

async function endpoint(handlers: Partial<EndpointHandlers> = {}): Promise<SipEndpoint> {
  const one = await SipEndpoint.open({
    host: '127.0.0.1',
    port: 0,
    tls: { ...selfSigned('127.0.0.1'), port: 0 },
    onRequest: () => undefined,
    onAck: () => undefined,
    ...handlers,
  });
  open.push(one);
  return one;
}

function options(to: SipEndpoint): SipRequest {
  const uri = `sip:127.0.0.1:${to.tlsPort};transport=tls`;
  return {
    kind: 'request',
    method: 'OPTIONS',
    uri,
    headers: [
      field('Max-Forwards', '70'),
      field('From', '<sip:a@127.0.0.1>;tag=1'),
      field('To', `<${uri}>`),
      field('Call-ID', 'call'),
      field('CSeq', '1 OPTIONS'),
    ],
    body: Buffer.alloc(0),
  };
}

function ask(from: SipEndpoint, to: SipEndpoint): Promise<SipResponse> {
  return new Promise((resolve, reject) => {
    from.request(options(to), from.flowTo('tls', '127.0.0.1', to.tlsPort ?? 0), {
      onResponse: (response) => resolve(response),
      onFailure: (_status, why) => reject(new Error(why)),
    });
  });
}

it('a certificate names the address, is new each time, and is trusted if a client is told so', async () => {
  const one = selfSigned('127.0.0.1');
  const certificate = new X509Certificate(one.cert);
  expect(certificate.subjectAltName).toBe('IP Address:127.0.0.1, DNS:localhost');
  expect(certificate.verify(certificate.publicKey)).toBe(true);
  expect(selfSigned('127.0.0.1').cert).not.toBe(one.cert);
  const server = await SipEndpoint.open({
    host: '127.0.0.1',
    port: 0,
    tls: { ...one, port: 0 },
    onRequest: () => undefined,
    onAck: () => undefined,
  });
  open.push(server);
  const socket = connect({ host: '127.0.0.1', port: server.tlsPort ?? 0, ca: one.cert });
  await once(socket, 'secureConnect');
  expect(socket.authorized).toBe(true);
  socket.destroy();
});

it('a request over TLS names the port of TLS in its Via, and its answer comes back', async () => {
  let via = '';
  const server = await endpoint({
    onRequest: ({ request, transaction, flow }) => {
      via = header(request, 'via') ?? '';
      transaction.respond(createResponse(request, flow.protocol === 'tls' ? 200 : 500));
    },
  });
  const client = await endpoint();
  expect((await ask(client, server)).status).toBe(200);
  expect(via).toContain(`SIP/2.0/TLS 127.0.0.1:${client.tlsPort};`);
});

it('one that speaks no TLS where TLS is expected is dropped, and others go on', async () => {
  const server = await endpoint({
    onRequest: ({ request, transaction }) => transaction.respond(createResponse(request, 200)),
  });
  const client = await endpoint();
  const plain = client.flowTo('tcp', '127.0.0.1', server.tlsPort ?? 0);
  plain.send(Buffer.from('OPTIONS sip:127.0.0.1 SIP/2.0\r\n\r\n'));
  expect((await ask(client, server)).status).toBe(200);
  await expect.poll(() => plain.open).toBe(false);
});

it('a place that hangs up instead of agreeing on TLS fails the request', async () => {
  const client = await endpoint();
  const server = createServer((socket) => socket.destroy());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const failed = new Promise<number>((resolve) => {
    client.request(options(client), client.flowTo('tls', '127.0.0.1', port), {
      onResponse: ({ status }) => resolve(status),
      onFailure: resolve,
    });
  });
  expect(await failed).toBe(503);
  server.close();
});
