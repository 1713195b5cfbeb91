import { findBinary } from './binaries.ts';
import { startChild, type Child } from './child.ts';
import { freePorts } from './free-ports.ts';

const READY_TIMEOUT_MS = 20_000;

export interface Redis {
  /** `host:port` */
  readonly address: string;
  close(): Promise<void>;
}

/**
 * Start a Redis on a free loopback port that keeps nothing on disk. LiveKit needs it for SIP: trunks
 * and rules are kept there, and livekit-server and livekit-sip talk over it.
 *
 * @throws Error that says how to get it where there is none
 */
export async function startRedis(options: {
  folder: string;
  logFile: string;
  /** None by default. */
  password?: string;
}): Promise<Redis> {
  const binary = await findBinary('redis-server');
  const [port = 0] = await freePorts(1);
  const child: Child = await startChild({
    name: 'redis-server',
    command: binary,
    args: [
      ...['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', options.folder],
      ...(options.password === undefined ? [] : ['--requirepass', options.password]),
    ],
    env: {},
    logFile: options.logFile,
    isReady: (line) => line.includes('Ready to accept connections'),
    readyTimeoutMs: READY_TIMEOUT_MS,
  });
  return { address: `127.0.0.1:${port}`, close: () => child.close() };
}
