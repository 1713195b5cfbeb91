import type { StageName } from '@patchbay/common/budget';
import type { CallRecord } from '@patchbay/common/call-record';
import type { Door, TurnReport } from '@patchbay/common/room-contract';
import type { SpokenLine } from '../stack/observer.ts';
import { balanceFault, type HeardTurn } from './conversation.ts';

/** Durations of one turn by stage, in ms; a stage that was not seen is absent. */
export type StagesMs = Partial<Record<StageName, number>>;

/** What one demo call gave; the shape of `make demo JSON=<file>`. */
export interface DoorReport {
  ok: boolean;
  door: Door;
  agent: string;
  /** Why it is not ok, in one sentence. */
  reason?: string;
  /** `atMs` counts from the start of the call. */
  transcript: SpokenLine[];
  turns: { stagesMs: StagesMs }[];
  record: CallRecord | null;
}

/** Everything known of a demo call, put together once it is over. */
export function doorReport(call: {
  door: DoorReport['door'];
  startMs: number;
  turns: readonly HeardTurn[];
  observer: { lines: readonly SpokenLine[]; turns: readonly TurnReport[] };
  record: CallRecord;
  expectedMinor: number;
  realProviders: boolean;
}): DoorReport {
  const { door, startMs, turns, observer, record } = call;
  const reason = balanceFaultOf(turns, observer.lines, call);
  return {
    ok: reason === undefined,
    door,
    agent: 'bank',
    ...(reason === undefined ? {} : { reason }),
    transcript: observer.lines.map((line) => ({ ...line, atMs: line.atMs - startMs })),
    turns: stagesOf(turns, observer.turns, record),
    record,
  };
}

/** Join what the caller measured with what the agent and the bridge reported, turn by turn. */
export function stagesOf(
  turns: readonly HeardTurn[],
  reports: readonly TurnReport[],
  record: CallRecord | null,
): { stagesMs: StagesMs }[] {
  const { bridgeInMs, bridgeOutMs } = record?.media ?? {};
  return turns.map((turn, index) => ({
    stagesMs: {
      ...(bridgeInMs === undefined ? {} : { bridgeIn: bridgeInMs }),
      ...defined(reports[index]?.stagesMs ?? {}),
      ...(bridgeOutMs === undefined ? {} : { bridgeOut: bridgeOutMs }),
      mouthToEar: turn.mouthToEarMs,
    },
  }));
}

function defined(stages: TurnReport['stagesMs']): StagesMs {
  return Object.fromEntries(Object.entries(stages).filter(([, value]) => value !== undefined));
}

/** Why the answer to the balance question is not right; undefined if it is. */
function balanceFaultOf(
  turns: readonly HeardTurn[],
  lines: readonly SpokenLine[],
  options: { expectedMinor: number; realProviders: boolean },
): string | undefined {
  if (!options.realProviders) return balanceFault(turns[0]?.heard ?? '', options.expectedMinor);
  const said = lines.filter(({ who }) => who === 'agent').map(({ text }) => text);
  const faults = said.map((text) => balanceFault(text, options.expectedMinor));
  return faults.includes(undefined)
    ? undefined
    : balanceFault(said.join(' '), options.expectedMinor);
}
