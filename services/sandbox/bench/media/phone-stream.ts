import { createSocket } from 'node:dgram';
import { parseArgs } from 'node:util';
import { packetOf } from './simulated.ts';

/** A phone that only speaks: 8 kHz samples from its standard input, one packet each 20 ms. */

const PACKET_MS = 20;

const { values: flags } = parseArgs({
  options: {
    host: { type: 'string', default: '127.0.0.1' },
    port: { type: 'string', default: '0' },
    packets: { type: 'string', default: '0' },
  },
});
const chunks: Buffer[] = [];
for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
const bytes = Buffer.concat(chunks);
const speech = new Int16Array(new Uint8Array(bytes).buffer);

const socket = createSocket('udp4');
await new Promise<void>((resolve) => socket.connect(Number(flags.port), flags.host, resolve));
const startMs = performance.now();
for (let n = 0; n < Number(flags.packets); n++) {
  socket.send(packetOf(speech, n));
  // Counted from the beginning, so that late timers don't add up.
  const waitMs = startMs + (n + 1) * PACKET_MS - performance.now();
  if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
}
socket.close();
