import { BUDGET, type StageName } from '@patchbay/common/budget';
import { describe, expect, it } from 'vitest';
import { guiltyStages } from './guilty.ts';
import type { BudgetDoor, BudgetRow } from './report.ts';

function row(
  stage: StageName,
  p50Ms: number,
  p95Ms = p50Ms,
  door: BudgetDoor = 'reach',
): BudgetRow {
  const { p50Ms: p50LimitMs, p95Ms: limitMs } = BUDGET[stage];
  const ok = p50Ms <= p50LimitMs && p95Ms <= limitMs;
  return { stage, door, count: 10, p50Ms, p95Ms, p50LimitMs, limitMs, ok };
}

const fine = [
  row('stt', 60),
  row('endOfTurn', 300),
  row('llm', 90),
  row('tts', 20),
  row('agentTotal', 450),
  row('mouthToEar', 700),
];

const without = (stage: StageName) => fine.filter((one) => one.stage !== stage);

describe('naming the stage to blame', () => {
  it('blames nobody when all is within budget', () => {
    expect(guiltyStages(fine)).toEqual([]);
  });

  it.each<[StageName, number]>([
    ['stt', 460],
    ['llm', 490],
    ['tts', 420],
  ])('blames %s when it takes 400 ms longer', (stage, ms) => {
    const rows = [...without(stage), row(stage, ms)];
    expect(guiltyStages(rows)).toMatchObject([{ stage, door: 'reach' }]);
  });

  it('blames the recogniser, and not the turn that waits for it', () => {
    const rows = [row('stt', 460), row('endOfTurn', 620), row('llm', 90), row('mouthToEar', 1_100)];
    expect(guiltyStages(rows)).toMatchObject([{ stage: 'stt' }]);
  });

  it('says so when the whole is too slow and no stage is', () => {
    const [guilty] = guiltyStages([...without('mouthToEar'), row('mouthToEar', 1_500, 2_000)]);
    expect(guilty?.stage).toBe('mouthToEar');
    expect(guilty?.reason).toContain('each measured stage is within its own limits');
    expect(guilty?.reason).toContain('the largest is End of turn');
  });

  it('blames each door for itself', () => {
    const web = [row('llm', 90, 90, 'web'), row('tts', 500, 500, 'web')];
    expect(guiltyStages([...without('llm'), row('llm', 800), ...web])).toMatchObject([
      { door: 'reach', stage: 'llm' },
      { door: 'web', stage: 'tts' },
    ]);
  });
});
