import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

const T1_MS = 500;

/** A peer that sends whatever bytes a test gives it, over UDP, and keeps every answer. */
export class RawSip {
  readonly answers: string[] = [];
  readonly port: number;
  readonly host: string;
  readonly #socket: Socket;
  readonly #server: { host: string; port: number };
  #serial = 0;

  private constructor(socket: Socket, host: string, server: { host: string; port: number }) {
    this.#socket = socket;
    this.#server = server;
    this.host = host;
    this.port = socket.address().port;
    socket.on('message', (data) => this.answers.push(data.toString('latin1')));
  }

  /** @param host the address it comes from, such as 127.0.0.2 */
  static async open(server: { host: string; port: number }, host = '127.0.0.1'): Promise<RawSip> {
    const socket = createSocket('udp4');
    socket.bind(0, host);
    await once(socket, 'listening');
    return new RawSip(socket, host, server);
  }

  /** A request with all that it needs; `headers` are lines, a given name replaces the usual one. */
  request(method: string, user: string, headers: readonly string[] = [], body = ''): string {
    const id = `${this.port}-${++this.#serial}`;
    const place = `${this.host}:${this.port}`;
    const usual = [
      `Via: SIP/2.0/UDP ${place};branch=z9hG4bK${id};rport`,
      `From: <sip:+12025550187@${place}>;tag=raw${id}`,
      `To: <sip:${user}@${this.#server.host}:${this.#server.port}>`,
      `Call-ID: raw-${id}`,
      `CSeq: 1 ${method}`,
      `Contact: <sip:raw@${place}>`,
      'Max-Forwards: 70',
      ...(body === '' ? [] : ['Content-Type: application/sdp']),
      `Content-Length: ${Buffer.byteLength(body)}`,
    ];
    const nameOf = (line: string) => line.slice(0, line.indexOf(':')).toLowerCase();
    const given = new Set(headers.map(nameOf));
    const lines = [...usual.filter((line) => !given.has(nameOf(line))), ...headers];
    const uri = `sip:${user}@${this.#server.host}:${this.#server.port}`;
    return `${method} ${uri} SIP/2.0\r\n${lines.join('\r\n')}\r\n\r\n${body}`;
  }

  send(data: string | Buffer): void {
    this.#socket.send(data, this.#server.port, this.#server.host);
  }

  /**
   * Send one request, again as long as nothing comes (RFC 3261 §17.1), and wait for its final
   * response; undefined if none comes in time.
   */
  async ask(
    request: string,
    waitMs = 5_000,
  ): Promise<{ status: number; text: string } | undefined> {
    const callId = /^Call-ID: (.*)$/im.exec(request)?.[1] ?? '';
    const startedMs = Date.now();
    let nextMs = 0;
    while (Date.now() - startedMs < waitMs) {
      const heard = this.answers.filter((text) => text.includes(callId));
      if (heard.length === 0 && Date.now() - startedMs >= nextMs) {
        this.send(request);
        nextMs = nextMs === 0 ? T1_MS : nextMs * 2;
      }
      for (const text of heard) {
        const status = Number(/^SIP\/2\.0 (\d{3})/.exec(text)?.[1]);
        if (status < 200) continue;
        if (/^CSeq: \d+ INVITE/im.test(text)) this.#acknowledge(request, text);
        return { status, text };
      }
      await delay(10);
    }
    return undefined;
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => this.#socket.close(() => resolve()));
  }

  /** The ACK of a refusal (RFC 3261 §17.1.1.3). */
  #acknowledge(request: string, response: string): void {
    const to = /^To: .*$/im.exec(response)?.[0] ?? '';
    const head = request.split('\r\n\r\n')[0] ?? '';
    const ack = head
      .replace(/^INVITE /, 'ACK ')
      .replace(/^CSeq: (\d+) INVITE/m, 'CSeq: $1 ACK')
      .replace(/^To: .*$/m, to)
      .replace(/^Content-Length: .*$/m, 'Content-Length: 0')
      .replace(/^Content-Type: .*\r\n/m, '');
    this.send(`${ack}\r\n\r\n`);
  }
}
