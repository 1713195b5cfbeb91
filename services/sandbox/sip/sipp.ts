/** Runs SIPp (a SIP test peer) for tests: one process, one scenario, one verdict. */
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

export interface SippOptions {
  /** Path of an XML scenario, or the name of one that SIPp brings: `{ builtin: 'uac' }`. */
  scenario: string | { builtin: string };
  /** Whom to call. Leave out for a scenario that waits to be called. */
  remote?: { host: string; port: number };
  /** `udp` by default. */
  transport?: 'udp' | 'tcp';
  /** Local SIP port; a free one by default. */
  port?: number;
  /** Calls in all, 1 by default. */
  calls?: number;
  /** Calls begun per second, 10 by default. */
  rate?: number;
  /** The called number, `[service]` in scenarios. */
  service?: string;
  /** What `<pause/>` without a length and `-d` mean, in ms. */
  pauseMs?: number;
  /** `[name]` placeholders of the scenario. */
  keys?: Readonly<Record<string, string>>;
  /** Injection file (`-inf`). */
  callsFile?: string;
  /** First RTP port to try, `[media_port]`; a free one by default. */
  mediaPort?: number;
  /** Give up, failing, after this time; 20 s by default. */
  timeoutMs?: number;
  /** Further arguments as they are. */
  extraArguments?: readonly string[];
}

export interface SippResult {
  /** Every call went as the scenario says. */
  ok: boolean;
  exitCode: number | null;
  successful: number;
  failed: number;
  /** What SIPp found wrong, empty if nothing. */
  errors: string;
  /** Every message sent and received, as text, with times. */
  messages: string;
  /** The last screen. */
  output: string;
}

export interface Sipp {
  /** Its SIP port. A waiting scenario is ready to be called when `startSipp` resolves. */
  readonly port: number;
  /** Resolves, never rejects, when the process is over. */
  readonly done: Promise<SippResult>;
  /** End it if it still runs. */
  close(): Promise<void>;
}

/** Run a scenario to its end. */
export async function runSipp(options: SippOptions): Promise<SippResult> {
  return await (
    await startSipp(options)
  ).done;
}

/**
 * Start a scenario.
 * @throws {Error} if SIPp is not installed (`apt install sip-tester`)
 */
export async function startSipp(options: SippOptions): Promise<Sipp> {
  const folder = await mkdtemp(join(tmpdir(), 'patchbay-sipp-'));
  const port = options.port ?? (await freePort());
  const mediaPort = options.mediaPort ?? (await freePort());
  const child = spawn('sipp', sippArguments(options, folder, port, mediaPort), {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const keep = (chunk: Buffer) => (output = (output + chunk.toString()).slice(-20_000));
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const ended = once(child, 'close');
  await once(child, 'spawn').catch((error: unknown) => {
    throw new Error('sipp could not be started; install it with: apt install sip-tester', {
      cause: error,
    });
  });
  const done = ended.then(async () => {
    const result = { exitCode: child.exitCode, output, ...(await readTraces(folder)) };
    await rm(folder, { recursive: true, force: true });
    return { ok: child.exitCode === 0, ...result };
  });
  if (!options.remote) await listening(options.transport ?? 'udp', port, done);
  return {
    port,
    done,
    close: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await done;
    },
  };
}

function sippArguments(
  options: SippOptions,
  folder: string,
  port: number,
  mediaPort: number,
): string[] {
  const { scenario, remote } = options;
  const timeout = `${Math.ceil((options.timeoutMs ?? 20_000) / 1000)}s`;
  return [
    ...(typeof scenario === 'string' ? ['-sf', scenario] : ['-sn', scenario.builtin]),
    ...(remote ? [`${remote.host}:${remote.port}`] : []),
    ...['-i', '127.0.0.1', '-p', String(port), '-mi', '127.0.0.1', '-mp', String(mediaPort)],
    ...['-t', options.transport === 'tcp' ? 't1' : 'u1', '-nostdin'],
    ...['-m', String(options.calls ?? 1), '-r', String(options.rate ?? 10)],
    ...['-timeout', timeout, '-timeout_error'],
    ...['-trace_err', '-error_file', join(folder, 'errors')],
    ...['-trace_msg', '-message_file', join(folder, 'messages')],
    ...['-trace_stat', '-stf', join(folder, 'statistics')],
    ...(options.service === undefined ? [] : ['-s', options.service]),
    ...(options.pauseMs === undefined ? [] : ['-d', String(options.pauseMs)]),
    ...(options.callsFile === undefined ? [] : ['-inf', options.callsFile]),
    ...Object.entries(options.keys ?? {}).flatMap(([name, value]) => ['-key', name, value]),
    ...(options.extraArguments ?? []),
  ];
}

async function readTraces(
  folder: string,
): Promise<Pick<SippResult, 'errors' | 'messages' | 'successful' | 'failed'>> {
  const read = (name: string) => readFile(join(folder, name), 'utf8').catch(() => '');
  const rows = (await read('statistics')).trim().split('\n');
  const names = (rows[0] ?? '').split(';');
  const last = (rows.length > 1 ? (rows.at(-1) ?? '') : '').split(';');
  const count = (name: string) => Number(last[names.indexOf(name)] ?? 0);
  return {
    errors: await read('errors'),
    messages: await read('messages'),
    successful: count('SuccessfulCall(C)'),
    failed: count('FailedCall(C)'),
  };
}

/** A port that was free for UDP and TCP a moment ago, on 127.0.0.1. */
export async function freePort(): Promise<number> {
  for (;;) {
    const tcp = createServer();
    tcp.listen(0, '127.0.0.1');
    await once(tcp, 'listening');
    const { port } = tcp.address() as AddressInfo;
    const udp = createSocket('udp4');
    const free = await new Promise<boolean>((resolve) => {
      udp.once('error', () => resolve(false));
      udp.bind(port, '127.0.0.1', () => resolve(true));
    });
    udp.close();
    tcp.close();
    await once(tcp, 'close');
    if (free) return port;
  }
}

/** SIPp says nothing when it is ready, so ask the kernel for its socket. */
async function listening(
  transport: 'udp' | 'tcp',
  port: number,
  ended: Promise<unknown>,
): Promise<void> {
  const local = `:${port.toString(16).toUpperCase().padStart(4, '0')} `;
  let over = false;
  void ended.then(() => (over = true));
  while (!over) {
    const table = await readFile(`/proc/net/${transport}`, 'utf8').catch(() => undefined);
    if (table === undefined) return await delay(500); // not Linux
    const open = table.split('\n').some((line) => line.slice(0, 22).includes(local));
    if (open) return;
    await delay(20);
  }
}
