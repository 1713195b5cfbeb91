/** How long the agent took to answer, as it reports it itself (`turnReportSchema`). */
export interface TurnTimes {
  totalMs: number;
  stages: { name: string; ms: number }[];
}

const STAGE_NAMES: Record<string, string> = {
  endOfTurn: 'Knowing you had finished',
  stt: 'Understanding your words',
  llm: 'Thinking of the answer',
  tts: 'Finding its voice',
};

/** Read a turn report; undefined if it isn't one or has no total. */
export function readTurnReport(payload: Uint8Array): TurnTimes | undefined {
  let report: unknown;
  try {
    report = JSON.parse(new TextDecoder().decode(payload));
  } catch {
    return undefined;
  }
  if (typeof report !== 'object' || report === null || !('stagesMs' in report)) return undefined;
  const { stagesMs } = report;
  if (typeof stagesMs !== 'object' || stagesMs === null) return undefined;
  const times = new Map(
    Object.entries(stagesMs).filter(
      (entry): entry is [string, number] => typeof entry[1] === 'number' && entry[1] >= 0,
    ),
  );
  const totalMs = times.get('agentTotal');
  if (totalMs === undefined) return undefined;
  const stages = Object.entries(STAGE_NAMES).flatMap(([key, name]) => {
    const ms = times.get(key);
    return ms === undefined ? [] : [{ name, ms }];
  });
  return { totalMs, stages };
}

/** Read why the agent ends the call (`endReportSchema`). */
export function readEndCause(payload: Uint8Array): string | undefined {
  try {
    const report: unknown = JSON.parse(new TextDecoder().decode(payload));
    if (typeof report !== 'object' || report === null || !('cause' in report)) return undefined;
    return typeof report.cause === 'string' ? report.cause : undefined;
  } catch {
    return undefined;
  }
}
