import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';

/** Below the ports that Linux gives to outgoing connections, which would take one that must stay free. */
const FIRST = 12_000;
const LAST = 31_998;

/** An even port that is free on 127.0.0.1, and stays so unless somebody asks for it by number. */
export async function lowPort(): Promise<number> {
  for (;;) {
    const port = FIRST + 2 * Math.floor((Math.random() * (LAST - FIRST)) / 2);
    if ((await free(port)) && (await free(port + 1))) return port;
  }
}

async function free(port: number): Promise<boolean> {
  const tcp = createServer();
  const udp = createSocket('udp4');
  const tcpFree = new Promise<boolean>((resolve) => {
    tcp.once('error', () => resolve(false));
    tcp.listen(port, '127.0.0.1', () => tcp.close(() => resolve(true)));
  });
  const udpFree = new Promise<boolean>((resolve) => {
    udp.once('error', () => udp.close(() => resolve(false)));
    udp.bind(port, '127.0.0.1', () => udp.close(() => resolve(true)));
  });
  return (await tcpFree) && (await udpFree);
}
