/** One stage of the way from the caller's last word to the agent's first, with its limits. */
export interface BudgetStage {
  title: string;
  p50Ms: number;
  p95Ms: number;
  /** How the figure is taken. */
  measuredBy: string;
}

/**
 * The latency budget of a turn. Dashboards, alerts, load-test thresholds and documents are made from
 * this; nothing else holds a copy of a number. Stages overlap, so mouthToEar is not their sum.
 */
export const BUDGET = {
  bridgeIn: {
    title: 'Bridge, phone to room',
    p50Ms: 60,
    p95Ms: 100,
    measuredBy: 'RTP packet received → frame handed to the room link',
  },
  sfu: {
    title: 'Media server',
    p50Ms: 2,
    p95Ms: 10,
    measuredBy: 'packet received → packet forwarded (LiveKit)',
  },
  endOfTurn: {
    title: 'End of turn',
    // The agent waits 150 ms before a turn may end, longer where the words sound unfinished.
    p50Ms: 300,
    p95Ms: 600,
    measuredBy: 'end of speech → turn committed (agent)',
  },
  stt: {
    title: 'Speech to text',
    p50Ms: 100,
    p95Ms: 350,
    measuredBy: 'end of speech → final transcript (agent)',
  },
  llm: {
    title: 'Language model',
    p50Ms: 300,
    p95Ms: 750,
    measuredBy: 'request → first token (agent)',
  },
  tts: {
    title: 'Text to speech',
    p50Ms: 120,
    p95Ms: 250,
    measuredBy: 'first sentence → first audio byte (agent)',
  },
  agentTotal: {
    title: 'Agent in all',
    p50Ms: 800,
    p95Ms: 1_500,
    measuredBy: 'end of speech → first audio frame handed to the room (agent)',
  },
  bridgeOut: {
    title: 'Bridge, room to phone',
    p50Ms: 40,
    p95Ms: 80,
    measuredBy: 'frame received from the room → RTP packet sent',
  },
  mouthToEar: {
    title: 'Mouth to ear',
    p50Ms: 1_040,
    p95Ms: 1_800,
    measuredBy: "end of the caller's speech → first agent audio at the caller's ear (telephone)",
  },
} as const satisfies Record<string, BudgetStage>;

export type StageName = keyof typeof BUDGET;

/**
 * What we promise over 30 days. `fast` is the share of turns whose agentTotal is within its p95, so it
 * follows from the budget; `available` is the share of calls that no fault of ours ended or refused.
 */
export const OBJECTIVES = { windowDays: 30, available: 0.995, fast: 0.95 } as const;

/**
 * Bounds of a histogram's buckets in seconds, with every limit of these stages among them: a quantile
 * near a limit, and the share of what is within it, are exact only where a bucket ends.
 */
export function budgetBuckets(
  bounds: readonly number[],
  stages: readonly StageName[] = Object.keys(BUDGET) as StageName[],
): number[] {
  const limits = stages.flatMap((stage) => [
    BUDGET[stage].p50Ms / 1_000,
    BUDGET[stage].p95Ms / 1_000,
  ]);
  return [...new Set([...bounds, ...limits])].sort((a, b) => a - b);
}
