import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface NamespaceOptions {
  /** At most 14 characters: the ends of the link are named after it. */
  name: string;
  /** The address of our end of the link to it, and of its own; IPv4, in one network of four (/30). */
  ours: string;
  theirs: string;
}

/** A network of its own behind a link to ours (Linux, root, iproute2; ip-netns(8)). */
export class NetworkNamespace {
  readonly name: string;

  private constructor(name: string) {
    this.name = name;
  }

  /** @returns the namespace, or why there can be none here */
  static async open(options: NamespaceOptions): Promise<NetworkNamespace | string> {
    if (process.platform !== 'linux' || process.getuid?.() !== 0) {
      return 'network namespaces need Linux and root';
    }
    const namespace = new NetworkNamespace(options.name);
    try {
      await namespace.#build(options);
      return namespace;
    } catch (error) {
      await namespace.close();
      return `no network namespace can be made: ${commandFault(error)}`;
    }
  }

  /** The end of the link that is inside. */
  get device(): string {
    return `${this.name}b`;
  }

  /** Run a program inside, to its end. @throws what `execFile` throws */
  inside(command: string, ...args: string[]): Promise<{ stdout: string }> {
    return run('ip', this.arguments(command, ...args));
  }

  /** What `ip` is to be started with, so that a program runs inside. */
  arguments(command: string, ...args: string[]): string[] {
    return ['netns', 'exec', this.name, command, ...args];
  }

  async close(): Promise<void> {
    await run('ip', ['netns', 'del', this.name]).catch(() => undefined);
    await run('ip', ['link', 'del', this.#ourDevice]).catch(() => undefined);
  }

  get #ourDevice(): string {
    return `${this.name}a`;
  }

  async #build({ ours, theirs }: NamespaceOptions): Promise<void> {
    const [a, b] = [this.#ourDevice, this.device];
    await run('ip', ['netns', 'add', this.name]);
    await run('ip', ['link', 'add', a, 'type', 'veth', 'peer', 'name', b, 'netns', this.name]);
    await run('ip', ['addr', 'add', `${ours}/30`, 'dev', a]);
    await run('ip', ['link', 'set', a, 'up']);
    await this.inside('ip', 'addr', 'add', `${theirs}/30`, 'dev', b);
    await this.inside('ip', 'link', 'set', b, 'up');
  }
}

/** The first line of what a program said when it failed. */
export function commandFault(error: unknown): string {
  const { stderr } = error as { stderr?: string };
  return (stderr ?? String(error)).trim().split('\n')[0] ?? '';
}
