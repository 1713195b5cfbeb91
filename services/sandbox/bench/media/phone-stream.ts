import { createSocket } from 'node:dgram';
import { parseArgs } from 'node:util';
import { fates, PROFILES } from './profiles.ts';
import { packetOf } from './simulated.ts';

/**
 * A phone that only speaks: 8 kHz samples from its standard input, one packet each 20 ms. With
 * `--line` it loses and delays them itself, as the network of that name would have.
 */

const PACKET_MS = 20;

const { values: flags } = parseArgs({
  options: {
    host: { type: 'string', default: '127.0.0.1' },
    port: { type: 'string', default: '0' },
    packets: { type: 'string', default: '0' },
    line: { type: 'string', default: 'clean' },
  },
});
const chunks: Buffer[] = [];
for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
const bytes = Buffer.concat(chunks);
const speech = new Int16Array(new Uint8Array(bytes).buffer);

const socket = createSocket('udp4');
await new Promise<void>((resolve) => socket.connect(Number(flags.port), flags.host, resolve));
const line = PROFILES.find(({ name }) => name === flags.line);
if (!line) throw new Error(`--line: there is no network ${flags.line}`);
const leaving = fates(line, Number(flags.packets))
  .flatMap((lateMs, n) => (lateMs === undefined ? [] : [{ n, atMs: n * PACKET_MS + lateMs }]))
  .sort((one, other) => one.atMs - other.atMs);
const startMs = performance.now();
for (const { n, atMs } of leaving) {
  // Counted from the beginning, so that late timers don't add up.
  const waitMs = startMs + atMs - performance.now();
  if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
  socket.send(packetOf(speech, n));
}
socket.close();
