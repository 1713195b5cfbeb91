import { TICK_MS } from './clock.ts';
import { BPL_CONCEALED, BPL_PLAIN, mosOf } from './quality.ts';
import type { ReceiverStats } from './receiver.ts';
import type { RtcpSession } from './rtcp-session.ts';
import type { SenderStats } from './sender.ts';

export const DIRECTIONS = ['in', 'out'] as const;
export type Direction = (typeof DIRECTIONS)[number];

/** A stretch of a few seconds of one direction. `out` is what the phone reports. */
export interface StretchQuality {
  direction: Direction;
  /** Packets in this stretch; `lost` counts those that were not played, also because they came late. */
  lost: number;
  late: number;
  reordered: number;
  concealedMs: number;
  jitterMs: number;
  mos: number;
  roundTripMs: number | undefined;
}

/** A direction of a call as a whole: the mean of its stretches, and the worst. */
export interface CallQuality {
  mos: number;
  worstMos: number;
}

export interface QualityWatchOptions {
  received: () => ReceiverStats;
  sent: () => SenderStats;
  rtcp: RtcpSession;
  /** Called for every stretch that had packets. */
  stretch: (quality: StretchQuality) => void;
  /** One side hears nothing: `in` is the agent, `out` the caller. Once for each. */
  oneWay: (direction: Direction) => void;
}

const STRETCH_MS = 5_000;
/** Nothing for so long, while the other side is sent to, is no pause between words. */
const ONE_WAY_MS = 10_000;
/** Reports in a row that show no packet of ours arriving. */
const DEAF_REPORTS = 2;
const PACKET_MS = TICK_MS;

/** Rates a call every few seconds, and notices when only one side hears the other. */
export class QualityWatch {
  readonly #options: QualityWatchOptions;
  readonly #calls: Record<Direction, { sum: number; count: number; worst: number }> = {
    in: { sum: 0, count: 0, worst: Infinity },
    out: { sum: 0, count: 0, worst: Infinity },
  };
  readonly #oneWay = new Set<Direction>();
  #nextMs: number | undefined;
  #last: ReceiverStats | undefined;
  #reports = 0;
  #farHighest: number | undefined;
  #farLost = 0;
  #sentAtReport = 0;
  #deaf = 0;

  constructor(options: QualityWatchOptions) {
    this.#options = options;
  }

  /** Undefined if nothing could be rated. */
  quality(direction: Direction): CallQuality | undefined {
    const { sum, count, worst } = this.#calls[direction];
    return count === 0 ? undefined : { mos: sum / count, worstMos: worst };
  }

  /** Sides that heard nothing for long, though both should have. */
  get oneWay(): readonly Direction[] {
    return [...this.#oneWay];
  }

  /**
   * To be called on every tick.
   * @param silentMs how long the caller has sent nothing, though it should; 0 while it need not
   */
  tick(nowMs: number, silentMs: number): void {
    if (silentMs >= ONE_WAY_MS) this.#onlyOneWay('in');
    this.#nextMs ??= nowMs + STRETCH_MS;
    if (nowMs < this.#nextMs) return;
    this.#nextMs = nowMs + STRETCH_MS;
    this.#rateIn();
    if (this.#options.rtcp.reports !== this.#reports) this.#rateOut();
  }

  /** Rate what is left at the end of a call. */
  finish(): void {
    this.#rateIn();
    if (this.#options.rtcp.reports !== this.#reports) this.#rateOut();
  }

  #rateIn(): void {
    const { rtcp, received } = this.#options;
    const now = received();
    const before = this.#last;
    this.#last = now;
    const packets = now.packets - (before?.packets ?? 0);
    if (packets <= 0) return;
    const lost = now.lost - (before?.lost ?? 0);
    const late = now.late - (before?.late ?? 0);
    this.#rated({
      direction: 'in',
      lost,
      late,
      reordered: now.reordered - (before?.reordered ?? 0),
      concealedMs: now.concealedMs - (before?.concealedMs ?? 0),
      jitterMs: now.jitterMs,
      roundTripMs: rtcp.roundTripMs,
      mos: mosOf({
        lossRatio: lost / (packets + lost),
        oneWayDelayMs: (rtcp.roundTripMs ?? 0) / 2 + now.holdMs + PACKET_MS,
        bpl: BPL_CONCEALED,
      }),
    });
  }

  #rateOut(): void {
    const { rtcp, sent } = this.#options;
    const { far, reports } = rtcp;
    const { packets, delayMs } = sent();
    // Only reports since much was sent say that it does not arrive.
    const shouldHear = packets - this.#sentAtReport > ONE_WAY_MS / PACKET_MS / 4;
    const newReports = reports - this.#reports;
    this.#reports = reports;
    this.#sentAtReport = packets;
    const hears = far !== undefined && far.highestSequence !== this.#farHighest;
    this.#farHighest = far?.highestSequence;
    this.#deaf = hears || !shouldHear ? 0 : this.#deaf + newReports;
    if (this.#deaf >= DEAF_REPORTS) this.#onlyOneWay('out');
    if (!far || !hears) return;
    const lost = Math.max(0, far.lost - this.#farLost);
    this.#farLost = far.lost;
    this.#rated({
      direction: 'out',
      lost,
      late: 0,
      reordered: 0,
      concealedMs: 0,
      jitterMs: far.jitterMs,
      roundTripMs: rtcp.roundTripMs,
      mos: mosOf({
        lossRatio: far.lossRatio,
        // A phone's buffer is about twice its jitter.
        oneWayDelayMs: (rtcp.roundTripMs ?? 0) / 2 + (delayMs ?? 0) + PACKET_MS + 2 * far.jitterMs,
        // Nothing is known of what the phone does about loss: the worse is taken.
        bpl: BPL_PLAIN,
      }),
    });
  }

  #rated(stretch: StretchQuality): void {
    const call = this.#calls[stretch.direction];
    call.sum += stretch.mos;
    call.count += 1;
    call.worst = Math.min(call.worst, stretch.mos);
    this.#options.stretch(stretch);
  }

  #onlyOneWay(direction: Direction): void {
    if (this.#oneWay.has(direction)) return;
    this.#oneWay.add(direction);
    this.#options.oneWay(direction);
  }
}
