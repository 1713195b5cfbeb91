import { G711_OF, type MediaAgreement } from '../sip/sdp.ts';
import { TICK_MS, type MediaClock, type Ticking } from './clock.ts';
import type { Address, LatchRule } from './latch.ts';
import { Protection, type ProtectionPlace } from './protection.ts';
import {
  QualityWatch,
  type CallQuality,
  type Direction,
  type StretchQuality,
} from './quality-watch.ts';
import { RtpReceiver, type DiscardReason, type ReceiverStats } from './receiver.ts';
import { RtcpSession, type FarReport } from './rtcp-session.ts';
import { RtpSender, type SenderStats, type StreamPlace } from './sender.ts';
import type { RtpPair } from './socket.ts';

/** Counts of all calls. The hot path calls these: they must not throw or wait. */
export interface RtpCounters {
  received: () => void;
  sent: () => void;
  discarded: (reason: DiscardReason) => void;
  delayIn: (ms: number) => void;
  delayOut: (ms: number) => void;
  /** A few seconds of one direction are over. */
  stretch: (quality: StretchQuality) => void;
  oneWay: (direction: Direction) => void;
}

export interface RtpSessionEvents {
  /** The caller's audio, 8 kHz, in multiples of 10 ms. */
  audio: (samples: Int16Array) => void;
  dtmf: (key: string) => void;
  /** The caller has sent nothing for too long. */
  timeout: () => void;
}

export interface RtpSessionOptions {
  pair: RtpPair;
  agreement: MediaAgreement;
  clock: MediaClock;
  counters: RtpCounters;
  /** Who may become the source of the caller's audio. */
  latch: LatchRule;
  /** Master key and salt of what we send, where the agreement asks for protection. */
  srtpKey: Buffer;
  /** Limit for the first packet, and between two packets. */
  startTimeoutMs: number;
  timeoutMs: number;
  events: RtpSessionEvents;
  /** Where the session was in a process that is no more. */
  before?: RtpProgress;
  /** Monotonic ms; performance.now by default. */
  now?: () => number;
}

/** What a session has to know to go on where another stopped. */
export interface RtpProgress {
  stream: StreamPlace;
  /** Where the phone was learnt to send from. */
  source: Address | undefined;
  srtp: ProtectionPlace | undefined;
}

export interface RtpSessionStats {
  in: ReceiverStats;
  out: SenderStats;
  quality: { in: CallQuality | undefined; out: CallQuality | undefined };
  /** What the phone last reported of our audio. */
  far: FarReport | undefined;
  roundTripMs: number | undefined;
  oneWay: readonly Direction[];
}

/** Packets of a call's RTCP that are worth answering at all: a phone sends one in seconds. */
const MOST_RTCP_PER_SECOND = 20;

/** The audio of one call: its socket pair, both directions, RTCP, and the watch over them. */
export class RtpSession {
  readonly #options: RtpSessionOptions;
  readonly #now: () => number;
  readonly #receiver: RtpReceiver;
  readonly #sender: RtpSender;
  readonly #rtcp: RtcpSession;
  readonly #watch: QualityWatch;
  readonly #protection: Protection;
  #agreement: MediaAgreement;
  #ticking: Ticking | undefined;
  #sending = false;
  #watchFromMs: number;
  #timedOut = false;
  #closed = false;
  #rtcpSource: Address | undefined;
  #rtcpSecond = 0;
  #rtcpInSecond = 0;

  constructor(options: RtpSessionOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.#agreement = options.agreement;
    this.#watchFromMs = this.#now();
    const { counters, events, before } = options;
    this.#protection = new Protection(options.srtpKey, options.agreement.srtp, before?.srtp);
    const format = formatOf(options.agreement);
    this.#receiver = new RtpReceiver({
      format,
      signalled: options.agreement.remote,
      latch: options.latch,
      source: before?.source,
      events: {
        audio: events.audio,
        dtmf: events.dtmf,
        discarded: counters.discarded,
        delay: counters.delayIn,
      },
      now: this.#now,
    });
    this.#sender = new RtpSender(
      format,
      { packet: (data) => this.#send(data), delay: counters.delayOut },
      before?.stream,
    );
    this.#rtcp = new RtcpSession({
      ssrc: this.#sender.ssrc,
      reception: this.#receiver.reception,
      sender: (nowMs) => this.#sender.info(nowMs, unixMs(nowMs)),
      send: (data) => this.#sendRtcp(data),
      unixMs,
    });
    this.#watch = new QualityWatch({
      received: () => this.#receiver.stats,
      sent: () => this.#sender.stats,
      rtcp: this.#rtcp,
      stretch: counters.stretch,
      oneWay: counters.oneWay,
    });
  }

  get stats(): RtpSessionStats {
    return {
      in: this.#receiver.stats,
      out: this.#sender.stats,
      quality: { in: this.#watch.quality('in'), out: this.#watch.quality('out') },
      far: this.#rtcp.far,
      roundTripMs: this.#rtcp.roundTripMs,
      oneWay: this.#watch.oneWay,
    };
  }

  get progress(): RtpProgress {
    return {
      stream: this.#sender.place,
      source: this.#receiver.source,
      srtp: this.#protection.place,
    };
  }

  /** Begin to receive. Packets may come as soon as the answer is on its way. */
  open(): void {
    if (this.#closed || this.#ticking) return;
    const { pair, clock, counters } = this.#options;
    pair.setListener((data, from) => {
      // RFC 5761 §4: with one port for both, the packet type tells them apart.
      if (this.#agreement.rtcpMux && isRtcp(data)) return this.#receiveRtcp(data, from);
      counters.received();
      const secret = this.#protection.on && this.#receiver.admits(from);
      const opened = secret ? this.#open(data) : data;
      if (opened) this.#receiver.receive(opened, from);
    });
    pair.setRtcpListener((data, from) => this.#receiveRtcp(data, from));
    this.#receiver.start();
    this.#watchFromMs = this.#now();
    this.#ticking = clock.listen((tick, nowMs) => this.#tick(tick, nowMs));
  }

  /** Begin to send: the call is answered. */
  startSending(): void {
    this.#sending = true;
    this.#watchFromMs = this.#now();
  }

  /** Audio for the caller. */
  play(source: string, samples: Int16Array): void {
    this.#sender.play(source, samples, this.#now());
  }

  /** A speaker has ended. */
  endSource(source: string): void {
    this.#sender.end(source);
  }

  /** Let the caller's phone hear a key (RFC 4733). @returns false if it takes no telephone events */
  sendDtmf(key: string): boolean {
    return this.#sender.press(key);
  }

  /** Play what waits, at most a few frames, and nothing after it. Resolves when it was sent. */
  async finish(): Promise<void> {
    this.#sender.endAll();
    for (
      let frame = 0;
      frame < 6 && !this.#closed && this.#sending && !this.#sender.idle;
      frame++
    ) {
      await new Promise((resolve) => setTimeout(resolve, TICK_MS));
    }
  }

  /** A re-INVITE was answered with another agreement. */
  update(agreement: MediaAgreement): void {
    const before = this.#agreement.remote;
    const after = agreement.remote;
    // No address at all is an old way to hold a call: the phone is where it was.
    const moved =
      after !== undefined && (before?.address !== after.address || before.port !== after.port);
    this.#protection.update(agreement.srtp);
    this.#agreement = agreement;
    this.#watchFromMs = this.#now();
    this.#receiver.update(formatOf(agreement));
    this.#sender.update(formatOf(agreement));
    if (!moved) return;
    this.#receiver.moved(after);
    this.#rtcpSource = undefined;
  }

  /** Stop at once. The sockets stay with whoever lent them. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#ticking) this.#watch.finish();
    this.#rtcp.bye(this.#now());
    this.#ticking?.stop();
    this.#ticking = undefined;
    this.#options.pair.setListener(undefined);
    this.#options.pair.setRtcpListener(undefined);
  }

  #tick(tick: number, nowMs: number): void {
    this.#receiver.tick(nowMs);
    const { direction } = this.#agreement;
    const mayPlay = direction === 'sendrecv' || direction === 'sendonly';
    if (this.#sending) {
      const move = mayPlay ? this.#sender.tick(tick, nowMs) : 0;
      if (move !== 0) this.#ticking?.shift(move);
      this.#rtcp.tick(nowMs);
    }
    const silentMs = this.#silentMs(nowMs);
    this.#watch.tick(nowMs, this.#sending ? silentMs : 0);
    this.#watchSilence(silentMs);
  }

  /** How long the caller has sent nothing, though it should. */
  #silentMs(nowMs: number): number {
    // Whoever does not want to hear us has put us on hold, and may send music or nothing.
    if (this.#agreement.direction !== 'sendrecv') {
      this.#watchFromMs = nowMs;
      return 0;
    }
    return nowMs - Math.max(this.#watchFromMs, this.#receiver.lastPacketMs ?? 0);
  }

  #watchSilence(silentMs: number): void {
    const { startTimeoutMs, timeoutMs, events } = this.#options;
    const limitMs = this.#receiver.lastPacketMs === undefined ? startTimeoutMs : timeoutMs;
    if (silentMs < limitMs || this.#timedOut || !this.#sending) return;
    this.#timedOut = true;
    events.timeout();
  }

  #receiveRtcp(data: Buffer, from: Address): void {
    const { discarded } = this.#options.counters;
    // Reports count for nothing but figures; still only the phone may give them.
    const expected = this.#receiver.source ?? this.#agreement.remote;
    if (expected && from.address !== expected.address) return discarded('stranger');
    const nowMs = this.#now();
    if (nowMs - this.#rtcpSecond > 1_000) {
      this.#rtcpSecond = nowMs;
      this.#rtcpInSecond = 0;
    }
    this.#rtcpInSecond += 1;
    const plain =
      this.#rtcpInSecond > MOST_RTCP_PER_SECOND ? undefined : this.#protection.openRtcp(data);
    if (!plain || !this.#rtcp.receive(plain, nowMs)) {
      return discarded('rtcp-fault');
    }
    this.#rtcpSource ??= { address: from.address, port: from.port };
  }

  #open(data: Buffer): Buffer | undefined {
    const opened = this.#protection.open(data);
    if (!opened) this.#options.counters.discarded('srtp');
    return opened;
  }

  #send(data: Buffer): void {
    const to = this.#receiver.source ?? this.#agreement.remote;
    if (!to) return;
    const { pair, clock } = this.#options;
    clock.toPhones.post(pair, this.#protection.protect(data), to.port, to.address);
    this.#options.counters.sent();
  }

  #sendRtcp(report: Buffer): void {
    const { pair } = this.#options;
    const data = this.#protection.protectRtcp(report);
    const { rtcpMux, rtcpPort, remote } = this.#agreement;
    const rtp = this.#receiver.source ?? remote;
    if (!rtp) return;
    if (rtcpMux) return pair.send(data, rtp.port, rtp.address);
    // Back to where theirs came from, else where signalling says, else the port above RTP's.
    const signalled = rtp.port === remote?.port ? rtcpPort : undefined;
    const port = this.#rtcpSource?.port ?? signalled ?? rtp.port + 1;
    if (port <= 0xffff) pair.sendRtcp(data, port, rtp.address);
  }
}

function isRtcp(data: Uint8Array): boolean {
  const type = data[1] ?? 0;
  return type >= 192 && type <= 223;
}

function unixMs(nowMs: number): number {
  return performance.timeOrigin + nowMs;
}

function formatOf(agreement: MediaAgreement) {
  return {
    payloadType: agreement.payloadType,
    telephoneEvent: agreement.telephoneEvent,
    g711: G711_OF[agreement.codec],
  };
}
