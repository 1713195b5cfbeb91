import { BPL_CONCEALED, mosOf } from '../../services/bridge/rtp/quality.ts';
import type { NetworkResult } from './result.ts';

const PACKET_MS = 20;
/** A receiver holds packets for about twice the jitter. */
const HOLD_PER_JITTER = 2;

/** Rate what arrived at the caller's ear: one way, as far as it is known there. */
export function rateNetwork(counts: {
  sent: number;
  received: number;
  lost: number;
  jitterMs: number;
}): NetworkResult {
  const { sent, received, lost, jitterMs } = counts;
  const expected = received + lost;
  const lossRatio = expected === 0 ? 1 : lost / expected;
  const oneWayDelayMs = PACKET_MS + HOLD_PER_JITTER * jitterMs;
  return {
    ...{ sent, received, lost },
    lostPct: round(100 * lossRatio),
    jitterMs: round(jitterMs),
    mos: round(mosOf({ lossRatio, oneWayDelayMs, bpl: BPL_CONCEALED })),
  };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
