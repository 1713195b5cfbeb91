import type { StageName } from '@patchbay/common/budget';
import type { Door } from '@patchbay/common/room-contract';

export type BudgetDoor = Door;

/** One stage at one door against its limits. */
export interface BudgetRow {
  stage: StageName;
  door: BudgetDoor;
  /** Judged in one phase of the run only. */
  phase?: string;
  /** How many were measured. */
  count: number;
  p50Ms: number;
  p95Ms: number;
  /** Absent where so little was measured that only p95 is judged. */
  p50LimitMs?: number;
  /** Of p95. */
  limitMs: number;
  ok: boolean;
}

/** p50 and p95 of something. */
export interface Spread {
  p50: number;
  p95: number;
}

/** What callers of one door met. */
export interface DoorFigures {
  door: BudgetDoor;
  calls: number;
  understood: number;
  failed: number;
  ringMs?: Spread;
  answerMs?: Spread;
  greetingMs?: Spread;
  bargeInMs?: Spread;
  mouthToEarMs?: Spread;
  /** The worst, as the mean hides it. */
  mos?: { mean: number; worst: number };
  lossPct?: { mean: number; worst: number };
  jitterMs?: { mean: number; worst: number };
  /** Median of each stage, for the waterfall. */
  medianMs: Partial<Record<StageName, number>>;
}

/** Calls that had the same number of calls beside them. */
export interface CapacityPoint {
  calls: number;
  /** How many calls it rests on, and how many went right. */
  count: number;
  ok: number;
  p50Ms?: number;
  p95Ms?: number;
  mos?: number;
  /** Of the whole machine. */
  cpuPct?: number;
  /** All of them vouched for by the driver. */
  vouched: boolean;
}

export interface Leaks {
  /** RTP ports, rooms and sockets that no call holds any more and that are still there. */
  ports: number;
  rooms: number;
  sockets: number;
  /** Calls, jobs and participants that are still there. */
  calls: number;
  jobs: number;
  participants: number;
  /** Memory of each part before and after, MB. */
  rssMb: Record<string, { before: number; after: number }>;
}

/** A k6 threshold that is not a stage of the budget. */
export interface OtherThreshold {
  name: string;
  limit: string;
  value: number | undefined;
  ok: boolean;
}

/** The stage that is to blame when a threshold fails. */
export interface Guilty {
  stage: StageName;
  door: BudgetDoor;
  /** For a person. */
  reason: string;
}

/** What a load test gave; the shape of `JSON=<file>`. */
export interface LoadReport {
  version: 1;
  ok: boolean;
  /** Why it is not ok, and what else a reader must know. */
  reasons: string[];
  notes: string[];
  script: string;
  smoke: boolean;
  target: string;
  startedAt: string;
  seconds: number;
  /** The run was ended before its time, and by what. */
  cutShort?: string;
  /** Whether the figures say something of the product: the driver and the machine had time enough. */
  vouched: boolean;
  doubts: string[];
  budget: BudgetRow[];
  guilty: Guilty[];
  thresholds: OtherThreshold[];
  calls: { placed: number; understood: number; failed: number };
  failures: { reason: string; count: number }[];
  doors: DoorFigures[];
  capacity: CapacityPoint[];
  /** Null where there was no local stack to look at. */
  leaks: Leaks | null;
  machine: { cores: number; cpuPct: number };
}
