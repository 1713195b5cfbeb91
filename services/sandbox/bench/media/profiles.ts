/** What a network does to packets: in the words of netem, and as numbers for the network made here. */
export interface NetworkProfile {
  name: string;
  /** Part lost, 0–1; `burst` packets at a time on average. */
  loss: number;
  burst?: number;
  delayMs: number;
  /** Delays are spread evenly over delay ± jitter. */
  jitterMs: number;
  /** Part that takes no delay, and so overtakes others. */
  reorder: number;
}

const still = { loss: 0, delayMs: 0, jitterMs: 0, reorder: 0 };

export const PROFILES: readonly NetworkProfile[] = [
  { ...still, name: 'clean' },
  { ...still, name: 'loss 1 %', loss: 0.01 },
  { ...still, name: 'loss 2 %', loss: 0.02 },
  { ...still, name: 'loss 5 %', loss: 0.05 },
  { ...still, name: 'loss 5 % in bursts of 3', loss: 0.05, burst: 3 },
  { ...still, name: 'jitter ±10 ms', delayMs: 20, jitterMs: 10 },
  { ...still, name: 'jitter ±30 ms', delayMs: 40, jitterMs: 30 },
  { ...still, name: 'jitter ±60 ms', delayMs: 80, jitterMs: 60 },
  { ...still, name: 'reorder 5 %', delayMs: 30, reorder: 0.05 },
  { name: 'mobile: loss 2 %, ±30 ms', loss: 0.02, delayMs: 60, jitterMs: 30, reorder: 0 },
];

/** The profile as arguments of `tc qdisc … netem`. */
export function netemArguments(profile: NetworkProfile): string[] {
  const { loss, burst = 1, delayMs, jitterMs, reorder } = profile;
  const percent = (part: number) => `${(part * 100).toFixed(2)}%`;
  const args: string[] = [];
  if (delayMs > 0) args.push('delay', `${delayMs}ms`);
  if (jitterMs > 0) args.push(`${jitterMs}ms`);
  if (reorder > 0) args.push('reorder', percent(reorder));
  if (loss > 0 && burst > 1) {
    // Simple Gilbert: in the bad state everything is lost.
    const out = 1 / burst;
    args.push('loss', 'gemodel', percent((loss * out) / (1 - loss)), percent(out));
  } else if (loss > 0) args.push('loss', percent(loss));
  return args;
}

/**
 * A network made of numbers, the same in every run.
 * @returns for each packet by how many ms it is late, or undefined if it is lost
 */
export function fates(profile: NetworkProfile, packets: number, seed = 1): (number | undefined)[] {
  const random = randomFrom(seed);
  const { loss, burst = 1, delayMs, jitterMs, reorder } = profile;
  const ends = 1 / burst;
  const begins = loss === 0 ? 0 : (loss * ends) / (1 - loss);
  let bad = false;
  return Array.from({ length: packets }, () => {
    bad = bad ? random() >= ends : random() < begins;
    const early = random() < reorder;
    const late = delayMs + (2 * random() - 1) * jitterMs;
    if (bad) return undefined;
    return early ? 0 : late;
  });
}

function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
