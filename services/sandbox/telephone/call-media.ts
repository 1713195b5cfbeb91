import { createSocket, type Socket } from 'node:dgram';
import { isIP, isIPv6 } from 'node:net';
import type { G711PayloadType } from '@patchbay/common/g711';
import type { SpeechDetectorOptions } from '../audio/level.ts';
import type { DtmfTiming } from './dtmf.ts';
import { Hearing } from './hearing.ts';
import { Histogram } from './histogram.ts';
import { FRAME_MS, type MediaClock } from './media-clock.ts';
import { nowMs } from './now.ts';
import { PhoneError } from './phone-error.ts';
import { RtpReceiver, type ReceiverStats } from './rtp-receiver.ts';
import { RtpSender, type Played } from './rtp-sender.ts';
import { TimeLine } from './time-line.ts';

const SAMPLES_PER_MS = 8;
/** Enough for the longest utterance when nothing is to be kept. */
const UNRECORDED_KEEP_MS = 60_000;
const PORT_TRIES = 50;

/** A network between the telephone and its peer: hands packets on late, or not at all. */
export interface Line {
  outward(send: () => void): void;
  inward(take: () => void): void;
}

export interface MediaOptions {
  host: string;
  /** What packets go through; straight to the peer without one. */
  line?: Line;
  clock: MediaClock;
  /** Keep both sides for {@link CallMedia.recording}. */
  record: boolean;
  speech?: Omit<SpeechDetectorOptions, 'sampleRateHz'>;
  onListenerError: (error: unknown) => void;
  /** Part of the packets that are lost on their way to the peer, 0 to 1. Default 0. */
  lossRatio?: number;
}

/** Where to send, as the peer described it. */
export interface RemoteMedia {
  address: string;
  port: number;
  payloadType: G711PayloadType;
  dtmfPayloadType?: number | undefined;
}

export interface MediaStats extends ReceiverStats {
  sent: number;
  /** How much later than planned packets left. */
  pacingErrorMs: { p50: number; p99: number; max: number };
}

/** The media of one call: a socket, what is sent, what is heard, and the recording of both. */
export class CallMedia {
  readonly hearing: Hearing;
  readonly #options: MediaOptions;
  readonly #receiver: RtpReceiver;
  readonly #pacing = new Histogram();
  readonly #heard: TimeLine;
  readonly #spoken = new TimeLine();
  #socket: Socket | undefined;
  #remote: RemoteMedia | undefined;
  #sender: RtpSender | undefined;
  #sentBefore = 0;
  #stopClock: (() => void) | undefined;
  #sending = false;
  #originMs: number | undefined;
  #firstRtpMs: number | undefined;
  #closed = false;

  constructor(options: MediaOptions) {
    this.#options = options;
    this.#heard = new TimeLine(options.record ? Infinity : UNRECORDED_KEEP_MS);
    this.hearing = new Hearing({
      ...(options.speech ? { speech: options.speech } : {}),
      slice: (from, to) => this.#heard.slice(from, to),
      onListenerError: options.onListenerError,
    });
    this.#receiver = new RtpReceiver({
      originMs: (now) => (this.#originMs ??= now),
      onFrame: (frame) => {
        this.#heard.write(frame.position, frame.samples);
        this.hearing.push(frame);
      },
    });
  }

  /**
   * Bind a free even port (RTCP would be the odd one above it, RFC 3550 §11).
   * @returns the port
   * @throws the socket's error, or {@link PhoneError} if the call ended meanwhile
   */
  async open(): Promise<number> {
    for (let tries = 1; ; tries++) {
      const socket = await bind(this.#options.host);
      const { port } = socket.address();
      const usable = port % 2 === 0 || tries === PORT_TRIES;
      if (usable && !this.#closed) {
        this.#listen(socket);
        return port;
      }
      await closeSocket(socket);
      if (this.#closed) throw new PhoneError('the call is over');
    }
  }

  /** When the first datagram came, epoch ms. */
  get firstRtpMs(): number | undefined {
    return this.#firstRtpMs;
  }

  /** Send there from now on. A change keeps the stream going. */
  setRemote(remote: RemoteMedia): void {
    const before = this.#remote;
    this.#remote = remote;
    const same =
      before?.payloadType === remote.payloadType &&
      before.dtmfPayloadType === remote.dtmfPayloadType;
    if (same) return;
    this.#sentBefore += this.#sender?.packets ?? 0;
    this.#sender?.close(new PhoneError('the peer changed the codec'));
    this.#sender = new RtpSender({
      payloadType: remote.payloadType,
      dtmfPayloadType: remote.dtmfPayloadType,
      onSpoken: (samples, atMs) => {
        if (!this.#options.record) return;
        const origin = (this.#originMs ??= atMs);
        this.#spoken.write(Math.round((atMs - origin) * SAMPLES_PER_MS), samples);
      },
    });
  }

  /** Begin, go on or pause sending one packet each 20 ms. Listening goes on all the time. */
  setSending(sending: boolean): void {
    this.#sending = sending;
    if (this.#closed) return;
    this.#stopClock ??= this.#options.clock.start((dueMs, now) => this.#tick(dueMs, now));
  }

  play(samples: Int16Array): Promise<Played> {
    return this.#sender?.play(samples) ?? Promise.reject(notYet());
  }

  sendDtmf(digits: string, timing?: DtmfTiming): Promise<void> {
    return this.#sender?.sendDtmf(digits, timing) ?? Promise.reject(notYet());
  }

  get stats(): MediaStats {
    const pacing = this.#pacing;
    return {
      ...this.#receiver.stats,
      sent: this.#sentBefore + (this.#sender?.packets ?? 0),
      pacingErrorMs: {
        p50: pacing.quantileMs(0.5),
        p99: pacing.quantileMs(0.99),
        max: pacing.maxMs,
      },
    };
  }

  /** Both sides on one time line from the first packet on, equally long, 8 kHz. */
  recording(): { startedAtMs: number | undefined; sent: Int16Array; heard: Int16Array } {
    const length = Math.max(this.#spoken.length, this.#heard.length);
    return {
      startedAtMs: this.#originMs,
      sent: this.#spoken.slice(0, length),
      heard: this.#heard.slice(0, length),
    };
  }

  /** Stop sending and listening; whoever waits for sound fails with this. */
  async close(error: PhoneError): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#stopClock?.();
    this.#sender?.close(error);
    this.hearing.close(error);
    if (this.#socket) await closeSocket(this.#socket);
  }

  #listen(socket: Socket): void {
    this.#socket = socket;
    const { line } = this.#options;
    socket.on('message', (data) => {
      if (line) line.inward(() => this.#take(data));
      else this.#take(data);
    });
    socket.on('error', () => undefined); // an unreachable peer shows as silence, as on a real phone
  }

  #take(data: Buffer): void {
    // The line may have held it until after the end.
    if (this.#closed) return;
    const now = nowMs();
    this.#firstRtpMs ??= now;
    this.#receiver.receive(data, now);
  }

  #tick(dueMs: number, now: number): void {
    if (this.#originMs !== undefined) this.hearing.advance(now - this.#originMs);
    if (!this.#sending || !this.#sender || !this.#remote) return;
    this.#originMs ??= dueMs - FRAME_MS;
    this.#pacing.add(now - dueMs);
    const packet = this.#sender.tick(dueMs);
    if (Math.random() < (this.#options.lossRatio ?? 0)) return;
    // Port 0 or an address of zeros: on hold, nothing is sent (RFC 3264 §8.4).
    if (this.#remote.port === 0 || this.#remote.address === '0.0.0.0') return;
    const { port, address } = this.#remote;
    const { line } = this.#options;
    if (!line) return void this.#socket?.send(packet, port, address);
    line.outward(() => {
      if (!this.#closed) this.#socket?.send(packet, port, address);
    });
  }
}

function notYet(): PhoneError {
  return new PhoneError('there is no media yet: wait until the call is answered');
}

async function bind(host: string): Promise<Socket> {
  const socket = createSocket({
    type: isIPv6(host) ? 'udp6' : 'udp4',
    // Looking an address up costs a turn of the event loop per packet; addresses need none.
    lookup: (name, _, done) => {
      if (isIP(name)) done(null, name, isIPv6(name) ? 6 : 4);
      else done(new Error(`not an IP address: ${name}`), '', 4);
    },
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(0, host, () => {
      socket.removeListener('error', reject);
      resolve();
    });
  });
  return socket;
}

function closeSocket(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.close(() => resolve()));
}
