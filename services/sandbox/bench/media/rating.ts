import { BPL_CONCEALED, BPL_PLAIN, mosOf } from '../../../bridge/rtp/quality.ts';
import type { ReceiverStats } from '../../../bridge/rtp/receiver.ts';

const PACKET_MS = 20;

export interface Rated {
  profile: string;
  sent: number;
  /** Packets that did not arrive, and that came after a later one. */
  lostPct: number;
  reordered: number;
  jitterMs: number;
  /** Packets that were not played, and the sound made up for them. */
  notPlayedPct: number;
  concealedMs: number;
  mostHoldMs: number;
  /** Without a jitter buffer or concealment: what is missing or out of order is silence. */
  mosBefore: number;
  mosAfter: number;
}

/** Rate one stream that has come through a network. */
export function rate(profile: string, sent: number, stats: ReceiverStats): Rated {
  const missing = Math.max(0, sent - stats.packets);
  const { reordered } = stats;
  const round = (value: number) => Math.round(value * 100) / 100;
  return {
    profile,
    sent,
    lostPct: round((100 * missing) / sent),
    reordered,
    jitterMs: round(stats.mostJitterMs),
    notPlayedPct: round((100 * stats.lost) / sent),
    concealedMs: Math.round(stats.concealedMs),
    mostHoldMs: stats.mostHoldMs,
    mosBefore: round(
      mosOf({
        lossRatio: (missing + reordered) / sent,
        oneWayDelayMs: PACKET_MS,
        bpl: BPL_PLAIN,
      }),
    ),
    mosAfter: round(
      mosOf({
        lossRatio: stats.lost / sent,
        oneWayDelayMs: PACKET_MS + stats.mostHoldMs,
        bpl: BPL_CONCEALED,
      }),
    ),
  };
}

export function printRated(title: string, rows: readonly Rated[]): void {
  console.log(`\n${title}`);
  console.log(
    'network                     lost %  reordered  jitter ms  not played %  concealed ms  held ms  MOS before  after',
  );
  for (const row of rows) {
    console.log(
      [
        row.profile.padEnd(27),
        row.lostPct.toFixed(2).padStart(6),
        String(row.reordered).padStart(10),
        row.jitterMs.toFixed(1).padStart(10),
        row.notPlayedPct.toFixed(2).padStart(13),
        String(row.concealedMs).padStart(13),
        String(row.mostHoldMs).padStart(8),
        row.mosBefore.toFixed(2).padStart(11),
        row.mosAfter.toFixed(2).padStart(6),
      ].join(' '),
    );
  }
}
