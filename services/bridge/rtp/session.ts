import { G711_OF, type MediaAgreement } from '../sip/sdp.ts';
import { TICK_MS, type MediaClock } from './clock.ts';
import type { LatchRule } from './latch.ts';
import { RtpReceiver, type DiscardReason, type ReceiverStats } from './receiver.ts';
import { RtpSender, type SenderStats } from './sender.ts';
import type { RtpPair } from './socket.ts';

/** Counts of all calls. The hot path calls these: they must not throw or wait. */
export interface RtpCounters {
  received: () => void;
  sent: () => void;
  discarded: (reason: DiscardReason) => void;
  delayIn: (ms: number) => void;
  delayOut: (ms: number) => void;
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
  /** Limit for the first packet, and between two packets. */
  startTimeoutMs: number;
  timeoutMs: number;
  events: RtpSessionEvents;
  /** Monotonic ms; performance.now by default. */
  now?: () => number;
}

export interface RtpSessionStats {
  in: ReceiverStats;
  out: SenderStats;
}

/** The audio of one call: its socket pair, both directions, and the watch over them. */
export class RtpSession {
  readonly #options: RtpSessionOptions;
  readonly #now: () => number;
  readonly #receiver: RtpReceiver;
  readonly #sender: RtpSender;
  #agreement: MediaAgreement;
  #stopClock: (() => void) | undefined;
  #sending = false;
  #watchFromMs: number;
  #timedOut = false;
  #closed = false;

  constructor(options: RtpSessionOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.#agreement = options.agreement;
    this.#watchFromMs = this.#now();
    const { counters, events } = options;
    const format = formatOf(options.agreement);
    this.#receiver = new RtpReceiver({
      format,
      signalled: options.agreement.remote,
      latch: options.latch,
      events: {
        audio: events.audio,
        dtmf: events.dtmf,
        discarded: counters.discarded,
        delay: counters.delayIn,
      },
      now: this.#now,
    });
    this.#sender = new RtpSender(format, {
      packet: (data) => this.#send(data),
      delay: counters.delayOut,
    });
  }

  get stats(): RtpSessionStats {
    return { in: this.#receiver.stats, out: this.#sender.stats };
  }

  /** Begin to receive. Packets may come as soon as the answer is on its way. */
  open(): void {
    if (this.#closed || this.#stopClock) return;
    const { pair, clock, counters } = this.#options;
    pair.setListener((data, from) => {
      counters.received();
      this.#receiver.receive(data, from);
    });
    this.#receiver.start();
    this.#watchFromMs = this.#now();
    this.#stopClock = clock.listen((tick, nowMs) => this.#tick(tick, nowMs));
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
    this.#agreement = agreement;
    this.#watchFromMs = this.#now();
    this.#receiver.update(formatOf(agreement));
    if (moved) this.#receiver.moved(after);
    this.#sender.update(formatOf(agreement));
  }

  /** Stop at once. The sockets stay with whoever lent them. */
  close(): void {
    this.#closed = true;
    this.#stopClock?.();
    this.#stopClock = undefined;
    this.#options.pair.setListener(undefined);
  }

  #tick(tick: number, nowMs: number): void {
    this.#receiver.tick(nowMs);
    const { direction } = this.#agreement;
    if (this.#sending && (direction === 'sendrecv' || direction === 'sendonly')) {
      this.#sender.tick(tick, nowMs);
    }
    this.#watch(nowMs);
  }

  #watch(nowMs: number): void {
    const { direction } = this.#agreement;
    if (direction !== 'sendrecv') {
      // The caller has said that it sends nothing: it is on hold.
      this.#watchFromMs = nowMs;
      return;
    }
    const last = this.#receiver.lastPacketMs;
    const limitMs = last === undefined ? this.#options.startTimeoutMs : this.#options.timeoutMs;
    const sinceMs = nowMs - Math.max(this.#watchFromMs, last ?? 0);
    if (sinceMs < limitMs || this.#timedOut || !this.#sending) return;
    this.#timedOut = true;
    this.#options.events.timeout();
  }

  #send(data: Buffer): void {
    const to = this.#receiver.source ?? this.#agreement.remote;
    if (!to) return;
    this.#options.pair.send(data, to.port, to.address);
    this.#options.counters.sent();
  }
}

function formatOf(agreement: MediaAgreement) {
  return {
    payloadType: agreement.payloadType,
    telephoneEvent: agreement.telephoneEvent,
    g711: G711_OF[agreement.codec],
  };
}
