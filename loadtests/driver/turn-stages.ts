import type { TurnReport } from '@patchbay/common/room-contract';
import type { StagesMs } from './result.ts';

/** The stages of each turn as the agent reported them, with what is the same in every turn. */
export function stagesOfReports(
  reports: readonly TurnReport[],
  everyTurn: StagesMs = {},
): StagesMs[] {
  return reports.map(({ stagesMs }) => {
    const seen = Object.entries(stagesMs).filter(([, value]) => value !== undefined);
    return { ...everyTurn, ...(Object.fromEntries(seen) as StagesMs) };
  });
}
