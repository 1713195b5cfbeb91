import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findBinary } from '../../sandbox/stack/binaries.ts';
import { startChild, type Child } from '../../sandbox/stack/child.ts';
import { commandFault, NetworkNamespace } from '../../sandbox/stack/network-namespace.ts';

const OURS = '10.254.78.1';
const THEIRS = '10.254.78.2';
/** Free for sure: the namespace is new. */
const HTTP_PORT = 7_880;
const TURN_PORT = 3_478;
const READY_LIMIT_MS = 30_000;

/**
 * livekit-server in a network namespace (Linux, root), of which nothing can be reached but its
 * signalling and its TURN over UDP: audio that comes through was relayed.
 */
export class WalledLiveKit {
  readonly url = `ws://${THEIRS}:${HTTP_PORT}`;
  readonly apiKey = 'APIwalled';
  readonly apiSecret = randomBytes(24).toString('hex');
  readonly #namespace: NetworkNamespace;
  #folder: string | undefined;
  #child: Child | undefined;

  private constructor(namespace: NetworkNamespace) {
    this.#namespace = namespace;
  }

  /** @returns the server, or why it can't be walled here */
  static async start(): Promise<WalledLiveKit | string> {
    const namespace = await NetworkNamespace.open({
      name: `pbw${process.pid}`,
      ours: OURS,
      theirs: THEIRS,
    });
    if (typeof namespace === 'string') return namespace;
    const walled = new WalledLiveKit(namespace);
    try {
      await walled.#wall();
    } catch (error) {
      await walled.close();
      return `no wall can be made: ${commandFault(error)}`;
    }
    try {
      await walled.#serve();
      return walled;
    } catch (error) {
      await walled.close();
      throw error;
    }
  }

  /** Packets that the wall has stopped. */
  async stopped(): Promise<number> {
    const { stdout } = await this.#namespace.inside('iptables', '-L', 'INPUT', '-v', '-x', '-n');
    return Number(/^\s*(\d+)\s+\d+\s+DROP\s+(?:udp|17)/m.exec(stdout)?.[1] ?? 0);
  }

  async close(): Promise<void> {
    await this.#child?.close();
    await this.#namespace.close();
    if (this.#folder) await rm(this.#folder, { recursive: true, force: true });
  }

  async #wall(): Promise<void> {
    const { device } = this.#namespace;
    await this.#namespace.inside('ip', 'link', 'set', 'lo', 'up');
    for (const [protocol, port] of [
      ['udp', TURN_PORT],
      ['tcp', HTTP_PORT],
    ] as const) {
      const other = ['-i', device, '-p', protocol, '!', '--dport', String(port), '-j', 'DROP'];
      await this.#namespace.inside('iptables', '-A', 'INPUT', ...other);
    }
  }

  async #serve(): Promise<void> {
    this.#folder = await mkdtemp(join(tmpdir(), 'patchbay-walled-'));
    const configFile = join(this.#folder, 'livekit.yaml');
    const config = {
      port: HTTP_PORT,
      bind_addresses: [THEIRS],
      keys: { [this.apiKey]: this.apiSecret },
      logging: { json: true, level: 'info' },
      rtc: { tcp_port: 7_881, udp_port: 7_882, node_ip: THEIRS, use_external_ip: false },
      turn: {
        enabled: true,
        udp_port: TURN_PORT,
        bind_addresses: [THEIRS],
        // It relays to itself.
        allow_restricted_peer_cidrs: [`${THEIRS}/32`],
      },
      room: { auto_create: true, empty_timeout: 30, departure_timeout: 5 },
    };
    await writeFile(configFile, JSON.stringify(config), { mode: 0o600 });
    const binary = await findBinary('livekit-server');
    this.#child = await startChild({
      name: 'livekit-server',
      command: 'ip',
      args: this.#namespace.arguments(binary, '--config', configFile),
      env: {},
      logFile: join(this.#folder, 'livekit.log'),
      isReady: (line) => line.includes('starting LiveKit server'),
      readyTimeoutMs: READY_LIMIT_MS,
      stopTimeoutMs: 5_000,
    });
  }
}
