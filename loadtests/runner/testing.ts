import type { CallResult, StagesMs } from '../driver/result.ts';
import type { RunFacts } from './assemble.ts';

/** A call that went right; for tests. */
export function exampleCall(given: Partial<CallResult> = {}): CallResult {
  const stages: StagesMs = {
    bridgeIn: 5,
    stt: 60,
    endOfTurn: 300,
    llm: 90,
    tts: 20,
    agentTotal: 450,
    bridgeOut: 20,
  };
  return {
    id: 'a',
    state: 'done',
    door: 'phone',
    budgetDoor: 'reach',
    agent: 'bank',
    trunk: 'local',
    startedAtMs: 1_000,
    endedAtMs: 11_000,
    atOnce: 1,
    ok: true,
    understood: true,
    stepsMs: { ring: 40, answer: 900, greeting: 1_500 },
    turns: [{ said: 'a question', heard: 'an answer', right: true, mouthToEarMs: 700 }],
    stages: [stages],
    network: { sent: 500, received: 500, lost: 0, lostPct: 0, jitterMs: 1, mos: 4.4 },
    vouched: true,
    ...given,
  };
}

/** A run of such calls; for tests. */
export function exampleRun(given: Partial<RunFacts> = {}): RunFacts {
  return {
    script: 'mixed',
    smoke: false,
    toBreak: false,
    makesCalls: true,
    target: 'a stack on this machine',
    local: true,
    startedAtMs: 0,
    endedAtMs: 12_000,
    cutShort: undefined,
    k6Fault: undefined,
    summary: undefined,
    calls: [exampleCall()],
    leaks: {
      ...{ ports: 0, rooms: 0, sockets: 0, calls: 0, jobs: 0, participants: 0 },
      rssMb: { bridge: { before: 100, after: 104 } },
    },
    cpu: [{ atMs: 5_000, busyPct: 40 }],
    cores: 2,
    ...given,
  };
}
