// Made from services/common/budget.ts by infra/monitoring/generate.ts. Change it there.

export const DOORS = ['web', 'trunk', 'reach'] as const;

/** Limits of each stage in ms. */

export const BUDGET_MS = {
  bridgeIn: { p50: 60, p95: 100 },
  sfu: { p50: 2, p95: 10 },
  endOfTurn: { p50: 300, p95: 600 },
  stt: { p50: 100, p95: 350 },
  llm: { p50: 300, p95: 750 },
  tts: { p50: 120, p95: 250 },
  agentTotal: { p50: 800, p95: 1500 },
  bridgeOut: { p50: 40, p95: 80 },
  mouthToEar: { p50: 1040, p95: 1800 },
} as const;

/** Name of the Trend of each stage; samples are ms, tagged with `door`. */

export const STAGE_TRENDS = {
  bridgeIn: 'stage_bridge_in_ms',
  sfu: 'stage_sfu_ms',
  endOfTurn: 'stage_end_of_turn_ms',
  stt: 'stage_stt_ms',
  llm: 'stage_llm_ms',
  tts: 'stage_tts_ms',
  agentTotal: 'stage_agent_total_ms',
  bridgeOut: 'stage_bridge_out_ms',
  mouthToEar: 'stage_mouth_to_ear_ms',
} as const;

/** For `options.thresholds`. */

export const BUDGET_THRESHOLDS: Record<string, string[]> = {
  'stage_bridge_in_ms{door:reach}': ['p(50)<=60', 'p(95)<=100'],
  'stage_sfu_ms{door:web}': ['p(50)<=2', 'p(95)<=10'],
  'stage_sfu_ms{door:trunk}': ['p(50)<=2', 'p(95)<=10'],
  'stage_sfu_ms{door:reach}': ['p(50)<=2', 'p(95)<=10'],
  'stage_end_of_turn_ms{door:web}': ['p(50)<=300', 'p(95)<=600'],
  'stage_end_of_turn_ms{door:trunk}': ['p(50)<=300', 'p(95)<=600'],
  'stage_end_of_turn_ms{door:reach}': ['p(50)<=300', 'p(95)<=600'],
  'stage_stt_ms{door:web}': ['p(50)<=100', 'p(95)<=350'],
  'stage_stt_ms{door:trunk}': ['p(50)<=100', 'p(95)<=350'],
  'stage_stt_ms{door:reach}': ['p(50)<=100', 'p(95)<=350'],
  'stage_llm_ms{door:web}': ['p(50)<=300', 'p(95)<=750'],
  'stage_llm_ms{door:trunk}': ['p(50)<=300', 'p(95)<=750'],
  'stage_llm_ms{door:reach}': ['p(50)<=300', 'p(95)<=750'],
  'stage_tts_ms{door:web}': ['p(50)<=120', 'p(95)<=250'],
  'stage_tts_ms{door:trunk}': ['p(50)<=120', 'p(95)<=250'],
  'stage_tts_ms{door:reach}': ['p(50)<=120', 'p(95)<=250'],
  'stage_agent_total_ms{door:web}': ['p(50)<=800', 'p(95)<=1500'],
  'stage_agent_total_ms{door:trunk}': ['p(50)<=800', 'p(95)<=1500'],
  'stage_agent_total_ms{door:reach}': ['p(50)<=800', 'p(95)<=1500'],
  'stage_bridge_out_ms{door:reach}': ['p(50)<=40', 'p(95)<=80'],
  'stage_mouth_to_ear_ms{door:web}': ['p(50)<=1040', 'p(95)<=1800'],
  'stage_mouth_to_ear_ms{door:trunk}': ['p(50)<=1040', 'p(95)<=1800'],
  'stage_mouth_to_ear_ms{door:reach}': ['p(50)<=1040', 'p(95)<=1800'],
};
