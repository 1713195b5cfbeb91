import type { StageName } from '@patchbay/common/budget';

/** What is told of a call; types only, so that k6 scripts and the report share them. */

/** Durations of one turn by stage, in ms; a stage that nobody reported is absent. */
export type StagesMs = Partial<Record<StageName, number>>;

export interface TurnResult {
  said: string;
  /** What the recogniser made of the answer; empty if nothing. */
  heard: string;
  /** Heard as expected. */
  right: boolean;
  /** End of the caller's speech → first sound of the answer at the caller's ear. */
  mouthToEarMs: number;
  /** Barge-in only: the caller's first sound → the agent's last. */
  stoppedAfterMs?: number;
}

/** Where a call stopped going as planned, and why. */
export interface CallFailure {
  step: 'token' | 'dial' | 'ring' | 'answer' | 'greeting' | 'turn' | 'end' | 'limit';
  /** For a person. */
  reason: string;
}

export interface NetworkResult {
  sent: number;
  received: number;
  lost: number;
  lostPct: number;
  jitterMs: number;
  /** MOS at the caller's ear by the E-model (ITU-T G.107). */
  mos: number;
}

export interface CallResult {
  id: string;
  state: 'running' | 'done';
  door: 'phone' | 'web';
  /** Door of the budget. */
  budgetDoor: 'reach' | 'web';
  agent: string;
  trunk: string;
  /** Unix ms. */
  startedAtMs: number;
  endedAtMs?: number;
  /** Calls of this driver that were up when it began, itself included. */
  atOnce: number;
  /** Went as planned and every answer was heard rightly. */
  ok: boolean;
  /** Every answer that was waited for was heard rightly. */
  understood: boolean;
  failure?: CallFailure;
  /** From the start of the call; a step that did not happen is absent. */
  stepsMs: {
    /** The API's answer (web). */
    token?: number;
    /** First 18x (phone). */
    ring?: number;
    /** 200 OK, or the agent's track in the room. */
    answer?: number;
    /** First sound of the greeting. */
    greeting?: number;
  };
  turns: TurnResult[];
  /** One for each turn that the agent reported, with what the bridge spent. */
  stages: StagesMs[];
  network?: NetworkResult;
  endedBy?: string;
  /** SIP Call-ID or room, to look it up in logs and traces. */
  reference?: string;
  /** How late the driver's own packets of this call left, p99. */
  pacingMs?: number;
  /** False when the driver itself was too busy for its figures to be trusted. */
  vouched: boolean;
  /** Why it does not vouch. */
  doubt?: string;
}

/** How the driver itself fares. */
export interface DriverHealth {
  active: number;
  done: number;
  /** How late packets of all calls left, ms. */
  pacingMs: { p50: number; p99: number; max: number };
  /** Event-loop delay since the start, ms. */
  loopMs: { p99: number; max: number };
  /** Of one core, over the last seconds. */
  cpuPct: number;
  vouched: boolean;
  doubt?: string;
}

/** One thing that stands in the way of any call. */
export interface TargetFault {
  what: string;
  reason: string;
  next: string;
}
