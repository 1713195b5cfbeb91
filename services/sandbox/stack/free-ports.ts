import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';

/**
 * Ports that were free for both TCP and UDP on the host a moment ago. All are held until the last
 * one is found, so the numbers differ. Another process may still take one: whoever starts a server
 * on it must be ready to try again.
 */
export async function freePorts(count: number, host = '127.0.0.1'): Promise<number[]> {
  const held: { port: number; release: () => Promise<void> }[] = [];
  try {
    while (held.length < count) {
      const candidate = await holdPort(host);
      if (candidate) held.push(candidate);
    }
    return held.map(({ port }) => port);
  } finally {
    await Promise.all(held.map(({ release }) => release()));
  }
}

async function holdPort(
  host: string,
): Promise<{ port: number; release: () => Promise<void> } | undefined> {
  const tcp = createServer();
  await new Promise<void>((resolve, reject) => {
    tcp.once('error', reject);
    tcp.listen(0, host, resolve);
  });
  const address = tcp.address();
  if (address === null || typeof address === 'string') throw new Error('TCP socket has no port');
  const udp = createSocket('udp4');
  const closeTcp = () => new Promise<void>((resolve) => tcp.close(() => resolve()));
  const bound = await new Promise<boolean>((resolve) => {
    udp.once('error', () => resolve(false));
    udp.bind(address.port, host, () => resolve(true));
  });
  if (!bound) {
    udp.close();
    await closeTcp();
    return undefined;
  }
  const release = async () => {
    await Promise.all([closeTcp(), new Promise<void>((resolve) => udp.close(() => resolve()))]);
  };
  return { port: address.port, release };
}
