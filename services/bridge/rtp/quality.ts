/** Robustness of G.711 against random loss, ITU-T G.113 Appendix I: with and without concealment. */
export const BPL_CONCEALED = 25.1;
export const BPL_PLAIN = 4.3;

/** Rating of a G.711 call without loss or delay, ITU-T G.107 with default settings. */
const BEST_RATING = 93.2;
/** Above this one-way delay people begin to talk at the same time. */
const DELAY_KNEE_MS = 177.3;

export interface PathQuality {
  /** Part of the packets that was not played, 0–1. */
  lossRatio: number;
  /** From mouth to ear, as far as it is known. */
  oneWayDelayMs: number;
  /** {@link BPL_CONCEALED} or {@link BPL_PLAIN}. */
  bpl: number;
}

/** The simplified E-model (G.107) for G.711: how a listener would rate the call, MOS 1–4.41. */
export function mosOf({ lossRatio, oneWayDelayMs, bpl }: PathQuality): number {
  const lossPercent = 100 * Math.min(1, Math.max(0, lossRatio));
  const knee = Math.max(0, oneWayDelayMs - DELAY_KNEE_MS);
  const delayImpairment = 0.024 * oneWayDelayMs + 0.11 * knee;
  const lossImpairment = (95 * lossPercent) / (lossPercent + bpl);
  const rating = BEST_RATING - delayImpairment - lossImpairment;
  if (rating <= 0) return 1;
  return Math.max(1, 1 + 0.035 * rating + 7e-6 * rating * (rating - 60) * (100 - rating));
}
