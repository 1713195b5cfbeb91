import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findBinary } from '../../sandbox/stack/binaries.ts';
import { startChild, type Child } from '../../sandbox/stack/child.ts';

const run = promisify(execFile);
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
  readonly #name = `pbw${process.pid}`;
  #folder: string | undefined;
  #child: Child | undefined;

  /** @returns the server, or why it can't be walled here */
  static async start(): Promise<WalledLiveKit | string> {
    if (process.platform !== 'linux' || process.getuid?.() !== 0) {
      return 'network namespaces need Linux and root';
    }
    const walled = new WalledLiveKit();
    try {
      await walled.#build();
    } catch (error) {
      await walled.close();
      return `no walled network can be made: ${(error as Error).message.split('\n')[0]}`;
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
    const { stdout } = await this.#inside('iptables', '-L', 'INPUT', '-v', '-x', '-n');
    return Number(/^\s*(\d+)\s+\d+\s+DROP\s+(?:udp|17)/m.exec(stdout)?.[1] ?? 0);
  }

  async close(): Promise<void> {
    await this.#child?.close();
    await run('ip', ['netns', 'del', this.#name]).catch(() => undefined);
    await run('ip', ['link', 'del', this.#link('a')]).catch(() => undefined);
    if (this.#folder) await rm(this.#folder, { recursive: true, force: true });
  }

  async #build(): Promise<void> {
    const [a, b] = [this.#link('a'), this.#link('b')];
    await run('ip', ['netns', 'add', this.#name]);
    await run('ip', ['link', 'add', a, 'type', 'veth', 'peer', 'name', b, 'netns', this.#name]);
    await run('ip', ['addr', 'add', `${OURS}/30`, 'dev', a]);
    await run('ip', ['link', 'set', a, 'up']);
    await this.#inside('ip', 'addr', 'add', `${THEIRS}/30`, 'dev', b);
    await this.#inside('ip', 'link', 'set', b, 'up');
    await this.#inside('ip', 'link', 'set', 'lo', 'up');
    for (const [protocol, port] of [
      ['udp', TURN_PORT],
      ['tcp', HTTP_PORT],
    ] as const) {
      const other = ['-i', b, '-p', protocol, '!', '--dport', String(port), '-j', 'DROP'];
      await this.#inside('iptables', '-A', 'INPUT', ...other);
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
      args: ['netns', 'exec', this.#name, binary, '--config', configFile],
      env: {},
      logFile: join(this.#folder, 'livekit.log'),
      isReady: (line) => line.includes('starting LiveKit server'),
      readyTimeoutMs: READY_LIMIT_MS,
      stopTimeoutMs: 5_000,
    });
  }

  #inside(command: string, ...args: string[]): Promise<{ stdout: string }> {
    return run('ip', ['netns', 'exec', this.#name, command, ...args]);
  }

  #link(end: 'a' | 'b'): string {
    return `${this.#name}${end}`;
  }
}
