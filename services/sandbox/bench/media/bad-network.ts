import { spawn } from 'node:child_process';
import { PCMU } from '@patchbay/common/g711';
import { MediaClock } from '../../../bridge/rtp/clock.ts';
import { RtpReceiver, type ReceiverStats } from '../../../bridge/rtp/receiver.ts';
import { bindRtpPair, type RtpPair } from '../../../bridge/rtp/socket.ts';
import { NetworkNamespace } from '../../stack/network-namespace.ts';
import { netemArguments, type NetworkProfile } from './profiles.ts';
import { rate, type Rated } from './rating.ts';

const OURS = '10.254.77.1';
const THEIRS = '10.254.77.2';
const STREAM = new URL('./phone-stream.ts', import.meta.url).pathname;
/** What is on its way when the phone stops. */
const LAST_PACKETS_MS = 400;
const PORT_TRIES = 20;

/** Who makes the faults of the link: netem, or where the kernel has none the phone as it sends. */
export type MadeBy = 'netem' | 'phone';

/** A network namespace with a phone in it, behind a link with faults (iproute2, root). */
export class BadNetwork {
  readonly madeBy: MadeBy;
  readonly #namespace: NetworkNamespace;
  #phonesLine = 'clean';

  private constructor(namespace: NetworkNamespace, madeBy: MadeBy) {
    this.#namespace = namespace;
    this.madeBy = madeBy;
  }

  /** @returns the network, or why there can be none here */
  static async open(): Promise<BadNetwork | string> {
    const namespace = await NetworkNamespace.open({
      name: `pbm${process.pid}`,
      ours: OURS,
      theirs: THEIRS,
    });
    if (typeof namespace === 'string') return namespace;
    // Told by a link that does nothing: what netem says of a profile later is a fault of the profile.
    const madeBy = await netem(namespace, []).then(
      (): MadeBy => 'netem',
      (): MadeBy => 'phone',
    );
    return new BadNetwork(namespace, madeBy);
  }

  /** What the link does from now on. @param profile one of PROFILES */
  async shape(profile: NetworkProfile): Promise<void> {
    if (this.madeBy === 'netem') await netem(this.#namespace, netemArguments(profile));
    else this.#phonesLine = profile.name;
  }

  /** Let the phone speak to a bridge's receiver, in real time. */
  async stream(speech: Int16Array, packets: number): Promise<ReceiverStats> {
    const pair = await bindSomewhere();
    const now = () => performance.now();
    const receiver = new RtpReceiver({
      format: { payloadType: PCMU, telephoneEvent: undefined, g711: PCMU },
      signalled: { address: THEIRS, port: 0 },
      latch: 'signalled-address',
      events: {
        audio: () => undefined,
        dtmf: () => undefined,
        discarded: () => undefined,
        delay: () => undefined,
      },
      now,
    });
    pair.setListener((data, from) => receiver.receive(data, from));
    receiver.start();
    const ticking = new MediaClock().listen((_tick, nowMs) => receiver.tick(nowMs));
    try {
      await this.#phone(speech, packets, pair.port);
      await new Promise((resolve) => setTimeout(resolve, LAST_PACKETS_MS));
      return receiver.stats;
    } finally {
      ticking.stop();
      pair.close();
    }
  }

  close(): Promise<void> {
    return this.#namespace.close();
  }

  #phone(speech: Int16Array, packets: number, port: number): Promise<void> {
    const args = this.#namespace.arguments(process.execPath, STREAM);
    const to = ['--host', OURS, '--port', String(port)];
    const flags = [...to, '--packets', String(packets), '--line', this.#phonesLine];
    const child = spawn('ip', [...args, ...flags], { stdio: ['pipe', 'ignore', 'inherit'] });
    child.stdin.end(Buffer.from(speech.buffer, speech.byteOffset, speech.byteLength));
    return new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code) =>
        code === 0 ? resolve() : reject(new Error(`the phone ended with code ${code}`)),
      );
    });
  }
}

/** Every profile for ten seconds. @returns why it was left out, if it was */
export async function runInNamespace(
  speech: Int16Array,
  profiles: readonly NetworkProfile[],
): Promise<{ madeBy: MadeBy; rows: Rated[] } | string> {
  const packets = 500;
  const network = await BadNetwork.open();
  if (typeof network === 'string') return network;
  try {
    const rows: Rated[] = [];
    for (const profile of profiles) {
      await network.shape(profile);
      rows.push(rate(profile.name, packets, await network.stream(speech, packets)));
    }
    return { madeBy: network.madeBy, rows };
  } finally {
    await network.close();
  }
}

async function netem(namespace: NetworkNamespace, args: readonly string[]): Promise<void> {
  const link = ['dev', namespace.device, 'root', 'netem', ...args];
  await namespace.inside('tc', 'qdisc', 'replace', ...link);
}

async function bindSomewhere(): Promise<RtpPair> {
  for (let attempt = 1; ; attempt++) {
    const port = 20_000 + 2 * Math.floor(Math.random() * 5_000);
    try {
      return await bindRtpPair(OURS, port);
    } catch (error) {
      if (attempt === PORT_TRIES) throw error;
    }
  }
}
