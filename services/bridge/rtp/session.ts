import { G711_OF, isHeld, type MediaAgreement } from '../sip/sdp.ts';
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
import { RtcpLine, type RtcpPlace } from './rtcp-line.ts';
import { RtcpSession, type FarReport } from './rtcp-session.ts';
import { RtpSender, type SenderStats, type StreamPlace } from './sender.ts';
import { SilenceWatch } from './silence-watch.ts';
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
  clock: Pick<MediaClock, 'listen' | 'toPhones'>;
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

/** The audio of one call: its socket pair, both directions, RTCP, and the watch over them. */
export class RtpSession {
  readonly #options: RtpSessionOptions;
  readonly #now: () => number;
  readonly #receiver: RtpReceiver;
  readonly #sender: RtpSender;
  readonly #rtcp: RtcpSession;
  readonly #rtcpLine: RtcpLine;
  readonly #watch: QualityWatch;
  readonly #silence: SilenceWatch;
  readonly #protection: Protection;
  #agreement: MediaAgreement;
  #ticking: Ticking | undefined;
  #sending = false;
  /** The tick was moved sooner, and not back yet. */
  #ahead = false;
  #closed = false;

  constructor(options: RtpSessionOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.#agreement = options.agreement;
    const { counters, events, before, startTimeoutMs, timeoutMs } = options;
    const timeout = () => events.timeout();
    this.#silence = new SilenceWatch({ startTimeoutMs, timeoutMs, timeout, nowMs: this.#now() });
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
      send: (data) => this.#rtcpLine.send(data, this.#rtcpPlace),
      unixMs,
    });
    this.#rtcpLine = new RtcpLine(options.pair, this.#protection);
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
    this.#silence.restart(this.#now());
    this.#ticking = clock.listen((tick, nowMs) => this.#tick(tick, nowMs));
  }

  /** Begin to send: the call is answered. */
  startSending(): void {
    this.#sending = true;
    this.#silence.restart(this.#now());
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
    this.#silence.restart(this.#now());
    this.#receiver.update(formatOf(agreement));
    this.#sender.update(formatOf(agreement));
    if (!moved) return;
    this.#receiver.moved(after);
    this.#rtcpLine.forget();
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
    if (this.#sending) {
      if (!isHeld(direction) && this.#sender.tick(tick, nowMs)) this.#moveTick();
      this.#rtcp.tick(nowMs);
    }
    // Whoever holds the call may send music or nothing.
    const expected = direction === 'sendrecv';
    const silentMs = this.#silence.silentMs(nowMs, this.#receiver.lastPacketMs, expected);
    this.#watch.tick(nowMs, this.#sending ? silentMs : 0);
    if (this.#sending) this.#silence.check(silentMs);
  }

  /** To the other moment of 20 ms: sooner and later in turns, so that packets keep pace with time. */
  #moveTick(): void {
    this.#ahead = !this.#ahead;
    this.#ticking?.shift(this.#ahead ? -1 : 1);
  }

  get #rtcpPlace(): RtcpPlace {
    return { agreement: this.#agreement, rtpSource: this.#receiver.source };
  }

  #receiveRtcp(data: Buffer, from: Address): void {
    const { discarded } = this.#options.counters;
    const nowMs = this.#now();
    const plain = this.#rtcpLine.open(data, from, this.#rtcpPlace, nowMs);
    if (typeof plain === 'string') return discarded(plain);
    if (!this.#rtcp.receive(plain, nowMs)) return discarded('rtcp-fault');
    this.#rtcpLine.learn(from);
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
