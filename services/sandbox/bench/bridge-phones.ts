import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { decodeG711, encodeG711, PCMU } from '@patchbay/common/g711';
import { silentLogger } from '@patchbay/common/logger';
import { buildRtp, parseRtp, sequenceDistance } from '@patchbay/common/rtp-packet';
import { LOCAL_NUMBERS } from '../stack/local-numbers.ts';
import { nowMs } from '../telephone/now.ts';
import type { PhoneCall } from '../telephone/phone-call.ts';
import { Telephone } from '../telephone/telephone.ts';
import {
  benchSound,
  BurstFinder,
  FRAME_SAMPLES,
  FrameClock,
  isAudible,
  LOOK_EVERY_MS,
  sharedNowMs,
  type PhoneReport,
} from './bridge-load.ts';

/**
 * The callers of the bridge's benchmark, in a process of their own: SIP by the sandbox's telephone,
 * RTP by sockets that do nothing else.
 */

export interface PhonesStart {
  server: { host: string; port: number };
  calls: number;
}

/** Callers come one after the other, so that the set-up of one is measured, not that of all at once. */
const BETWEEN_CALLS_MS = 150;

class Caller {
  readonly #socket: Socket = createSocket('udp4');
  readonly #bursts = new BurstFinder();
  readonly #gapsMs: number[] = [];
  readonly #phase: number;
  readonly #ssrc: number;
  #clock: FrameClock | undefined;
  #call: PhoneCall | undefined;
  #peer: { port: number; address: string } | undefined;
  #lastMs: number | undefined;
  /** On the telephone's clock, which tells when the 200 OK came. */
  #firstAudibleMs: number | undefined;
  #sequence: number | undefined;
  #heard = 0;
  #hungUp = false;
  #lost = 0;

  constructor(index: number) {
    this.#phase = (index * 0.618) % 1;
    this.#ssrc = index + 1;
    this.#socket.on('message', (data, { port, address }) => this.#receive(data, port, address));
  }

  async dial(telephone: Telephone, server: PhonesStart['server'], from: string): Promise<void> {
    this.#socket.bind(0, '127.0.0.1');
    await once(this.#socket, 'listening');
    const { port } = this.#socket.address();
    this.#call = telephone.call({
      to: LOCAL_NUMBERS.bank,
      from,
      server,
      payloadTypes: [PCMU],
      sendRtp: false,
      record: false,
      editOffer: (sdp) =>
        sdp.replace(/m=audio \d+/, `m=audio ${port}`).replace(/a=rtcp:.*\r\n/, ''),
    });
    await this.#call.answered;
  }

  tick(payloads: readonly Uint8Array[]): void {
    const peer = this.#peer;
    if (!peer) return;
    this.#clock ??= new FrameClock(this.#phase);
    const clock = this.#clock;
    clock.run((frame) => {
      const packet = buildRtp({
        payloadType: PCMU,
        marker: false,
        sequence: clock.sent & 0xffff,
        timestamp: (clock.sent * FRAME_SAMPLES) >>> 0,
        ssrc: this.#ssrc,
        payload: payloads[frame] ?? new Uint8Array(FRAME_SAMPLES),
      });
      this.#socket.send(packet, peer.port, peer.address);
    });
  }

  /** What is measured begins now. */
  reset(): void {
    this.#gapsMs.length = 0;
    this.#lost = 0;
    this.#heard = 0;
  }

  report(): PhoneReport {
    const { invite = 0, answered = 0 } = this.#call?.times ?? {};
    return {
      burstsSent: this.#clock?.burstTimes ?? [],
      burstsHeard: this.#bursts.times,
      framesSent: this.#clock?.sent ?? 0,
      framesHeard: this.#heard,
      setupMs: answered - invite,
      firstAudioMs:
        this.#firstAudibleMs === undefined ? undefined : this.#firstAudibleMs - answered,
      gapsMs: this.#gapsMs,
      lost: this.#lost,
    };
  }

  async hangup(): Promise<void> {
    this.#peer = undefined;
    this.#hungUp = true;
    await this.#call?.hangup();
    this.#socket.close();
  }

  #receive(data: Buffer, port: number, address: string): void {
    const now = sharedNowMs();
    const packet = parseRtp(data);
    if (typeof packet === 'string' || packet.payloadType !== PCMU) return;
    if (!this.#hungUp) this.#peer ??= { port, address };
    if (this.#lastMs !== undefined) this.#gapsMs.push(now - this.#lastMs);
    this.#lastMs = now;
    if (this.#sequence !== undefined) {
      this.#lost += Math.max(0, sequenceDistance(this.#sequence, packet.sequence) - 1);
    }
    this.#sequence = packet.sequence;
    this.#heard += packet.payload.length / FRAME_SAMPLES;
    const samples = decodeG711(PCMU, packet.payload);
    if (this.#firstAudibleMs === undefined && isAudible(samples)) this.#firstAudibleMs = nowMs();
    this.#bursts.hear(samples, now);
  }
}

const callers: Caller[] = [];
const sound = benchSound();
const payloads = Array.from({ length: sound.length / FRAME_SAMPLES }, (_, frame) =>
  encodeG711(PCMU, sound.subarray(frame * FRAME_SAMPLES, (frame + 1) * FRAME_SAMPLES)),
);
const telephone = await Telephone.open({ transport: 'udp', log: silentLogger() });
setInterval(() => {
  for (const caller of callers) caller.tick(payloads);
}, LOOK_EVERY_MS);

async function dialAll({ server, calls }: PhonesStart): Promise<void> {
  for (let index = 0; index < calls; index++) {
    const caller = new Caller(index);
    callers.push(caller);
    await caller.dial(telephone, server, `+1202555${1_000 + index}`);
    await delay(BETWEEN_CALLS_MS);
  }
  process.send?.('answered');
}

process.on('message', (message: PhonesStart | 'reset' | 'report' | 'hangup') => {
  if (message === 'reset') for (const caller of callers) caller.reset();
  else if (message === 'report') process.send?.(callers.map((one) => one.report()));
  else if (message === 'hangup') {
    void Promise.all(callers.map((caller) => caller.hangup())).then(() => process.send?.('over'));
  } else {
    dialAll(message).catch((error: unknown) => {
      process.stderr.write(`a phone was not answered: ${String(error)}\n`);
      process.exit(1);
    });
  }
});
process.on('disconnect', () => process.exit());
process.send?.('ready');
