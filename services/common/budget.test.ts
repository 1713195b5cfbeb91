import { expect, it } from 'vitest';
import { BUDGET, budgetBuckets } from './budget.ts';

it.each(Object.entries(BUDGET))('%s has more time at p95 than at p50', (_, stage) => {
  expect(stage.p95Ms).toBeGreaterThan(stage.p50Ms);
});

it('a turn is allowed more than any of its stages, and less than all of them in a row', () => {
  const { mouthToEar, agentTotal, ...stages } = BUDGET;
  const { endOfTurn, stt, llm, tts } = stages;
  for (const stage of Object.values(stages)) expect(stage.p95Ms).toBeLessThan(agentTotal.p95Ms);
  expect(agentTotal.p95Ms).toBeLessThan(mouthToEar.p95Ms);
  const inARow = [endOfTurn, stt, llm, tts].reduce((sum, { p95Ms }) => sum + p95Ms, 0);
  expect(agentTotal.p95Ms).toBeLessThan(inARow);
});

it('buckets end at every limit, in order and once', () => {
  expect(budgetBuckets([0.1, 0.05, 5], ['bridgeIn', 'llm'])).toEqual([
    0.05, 0.06, 0.1, 0.3, 0.75, 5,
  ]);
});
