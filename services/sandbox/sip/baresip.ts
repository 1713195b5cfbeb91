/** Runs baresip (a real SIP phone, headless) for tests, steered over its TCP control port. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { SipProtocol } from './flow.ts';
import { selfSigned } from './self-signed.ts';
import { freePort } from './sipp.ts';

export interface BaresipOptions {
  /** `udp` by default. */
  transport?: SipProtocol;
  /** User part of its own address, `tester` by default. */
  user?: string;
  /** A mono 16-bit WAV at 8 kHz to speak into calls; a 440 Hz tone by default. */
  playFile?: string;
  /** Codecs it offers, in order; both G.711 ones by default. */
  codecs?: readonly ('PCMU' | 'PCMA')[];
  /** Offers RTP/SAVP with keys in its SDP (RFC 4568), and nothing else. */
  srtp?: boolean;
  /** Answer incoming calls by itself. */
  autoAnswer?: boolean;
}

/** One event of baresip's, for example `{ type: 'CALL_ESTABLISHED', param: 'sip:…' }`. */
export interface BaresipEvent {
  type: string;
  param?: string;
  peeruri?: string;
}

const START_ATTEMPTS = 3;
const MODULES = '/usr/lib/baresip/modules';

export class Baresip {
  /** Its SIP port, for UDP and TCP; the next one is for TLS. */
  readonly port: number;
  /** Everything that happened, in order. */
  readonly events: BaresipEvent[] = [];
  readonly #process: ChildProcess;
  readonly #folder: string;
  #control: Socket | undefined;
  #waiting: (() => void)[] = [];
  #log = '';

  private constructor(child: ChildProcess, folder: string, port: number) {
    this.#process = child;
    this.#folder = folder;
    this.port = port;
    const keep = (chunk: Buffer) => (this.#log = (this.#log + chunk.toString()).slice(-20_000));
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
  }

  /**
   * Start the phone; resolves when it can place calls.
   * @throws {Error} if baresip is not installed or does not come up
   */
  static async start(options: BaresipOptions = {}): Promise<Baresip> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await Baresip.#start(options);
      } catch (error) {
        // A port that was free a moment ago, or the one after it, may be taken by now.
        const portTaken = String(error).includes('Address already in use');
        if (!portTaken || attempt === START_ATTEMPTS) throw error;
      }
    }
  }

  static async #start(options: BaresipOptions): Promise<Baresip> {
    const transport = options.transport ?? 'udp';
    const folder = await mkdtemp(join(tmpdir(), 'patchbay-baresip-'));
    const port = await freePort();
    let controlPort = await freePort();
    while (controlPort === port + 1) controlPort = await freePort(); // its TLS takes port + 1
    await writeFile(join(folder, 'config'), configText(options, folder, port, controlPort));
    await writeFile(join(folder, 'accounts'), accountText(options, transport));
    await writeFile(join(folder, 'contacts'), '');
    if (transport === 'tls') {
      const { key, cert } = selfSigned('127.0.0.1');
      await writeFile(join(folder, 'identity.pem'), key + cert);
    }
    const child = spawn('baresip', ['-4', '-f', folder], { stdio: ['ignore', 'pipe', 'pipe'] });
    await once(child, 'spawn').catch((error: unknown) => {
      throw new Error('baresip could not be started; install it with: apt install baresip', {
        cause: error,
      });
    });
    const phone = new Baresip(child, folder, port);
    try {
      await phone.#takeControl(controlPort);
    } catch (error) {
      await phone.close();
      throw error;
    }
    return phone;
  }

  /** What it wrote to its log, for a test's failure message. */
  get log(): string {
    return this.#log;
  }

  /** Call `number` at a server, over the transport of its account. */
  dial(number: string, server: { host: string; port: number }): void {
    this.#command('dial', `sip:${number}@${server.host}:${server.port}`);
  }

  answer(): void {
    this.#command('accept');
  }

  /** End the current call, or refuse the one that rings. */
  hangup(): void {
    this.#command('hangup');
  }

  /**
   * Wait for an event, counting those that came already.
   * @throws {Error} naming what came instead, after `timeoutMs` (10 s by default)
   */
  async waitFor(type: string, timeoutMs = 10_000): Promise<BaresipEvent> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const event = this.events.find((e) => e.type === type);
      if (event) return event;
      if (Date.now() >= deadline) {
        const came = this.events.map((e) => `${e.type} ${e.param ?? ''}`).join(', ');
        throw new Error(`baresip: no ${type} in ${timeoutMs} ms; came: ${came}\n${this.#log}`);
      }
      const timeout = new AbortController();
      await Promise.race([
        new Promise<void>((resolve) => this.#waiting.push(resolve)),
        delay(deadline - Date.now(), undefined, { signal: timeout.signal }).catch(() => undefined),
      ]);
      timeout.abort();
    }
  }

  /** The WAV of what the last call heard; undefined before there was audio. */
  async heard(): Promise<Buffer | undefined> {
    const name = (await readdir(this.#folder))
      .filter((n) => n.endsWith('-dec.wav'))
      .sort()
      .at(-1);
    return name === undefined ? undefined : await readFile(join(this.#folder, name));
  }

  async close(): Promise<void> {
    this.#control?.destroy();
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      this.#process.kill('SIGKILL');
      await once(this.#process, 'close');
    }
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #takeControl(port: number): Promise<void> {
    const deadline = Date.now() + 10_000;
    for (;;) {
      const socket = connect(port, '127.0.0.1');
      const up = await once(socket, 'connect').then(
        () => true,
        () => false,
      );
      if (up) {
        this.#control = socket;
        break;
      }
      if (Date.now() > deadline || this.#process.exitCode !== null) {
        throw new Error(`baresip did not come up:\n${this.#log}`);
      }
      await delay(20);
    }
    let pending = Buffer.alloc(0);
    this.#control.on('error', () => undefined); // the process ended; waitFor will say so
    this.#control.on('data', (chunk: Buffer) => {
      pending = Buffer.concat([pending, chunk]);
      for (;;) {
        // A netstring: `length:json,`
        const colon = pending.indexOf(':');
        const end = colon + 1 + Number(pending.toString('latin1', 0, Math.max(colon, 0)));
        if (colon < 0 || pending.length <= end) return;
        this.#onReport(pending.toString('utf8', colon + 1, end));
        pending = pending.subarray(end + 1);
      }
    });
  }

  #onReport(json: string): void {
    const report = JSON.parse(json) as Partial<BaresipEvent>;
    if (report.type === undefined) return;
    this.events.push({ ...report, type: report.type });
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }

  #command(command: string, params = ''): void {
    const json = JSON.stringify({ command, params });
    this.#control?.write(`${Buffer.byteLength(json)}:${json},`);
  }
}

function accountText(options: BaresipOptions, transport: SipProtocol): string {
  const codecs = (options.codecs ?? ['PCMU', 'PCMA']).map((name) => `${name}/8000/1`).join(',');
  const answer = options.autoAnswer === true ? 'auto' : 'manual';
  const protection = options.srtp === true ? ';mediaenc=srtp-mand' : '';
  return (
    `<sip:${options.user ?? 'tester'}@127.0.0.1;transport=${transport}>` +
    `;regint=0;answermode=${answer};audio_codecs=${codecs}${protection}\n`
  );
}

function configText(
  options: BaresipOptions,
  folder: string,
  port: number,
  controlPort: number,
): string {
  // ausine gives 48 kHz stereo only; a file must be as the line is.
  const source = options.playFile === undefined ? 'ausine,440' : `aufile,${options.playFile}`;
  const rate = options.playFile === undefined ? 48_000 : 8_000;
  const channels = options.playFile === undefined ? 2 : 1;
  // This version asks no server for a certificate that somebody vouches for.
  const tls = options.transport === 'tls' ? `sip_certificate ${folder}/identity.pem\n` : '';
  return `sip_listen 127.0.0.1:${port}
${tls}net_interface 127.0.0.1
call_max_calls 4
audio_source ${source}
ausrc_srate ${rate}
ausrc_channels ${channels}
audio_player aubridge,heard
audio_alert aubridge,alert
auplay_srate 8000
module_path ${MODULES}
module g711.so
module aubridge.so
module ausine.so
module aufile.so
module sndfile.so
module srtp.so
snd_path ${folder}
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen 127.0.0.1:${controlPort}
`;
}
