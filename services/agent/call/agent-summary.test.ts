import { agentSummarySchema, type TurnReport } from '@patchbay/common/room-contract';
import { expect, it } from 'vitest';
import { SummaryOfCall } from './agent-summary.ts';

const turn = (number: number): TurnReport => ({
  turn: number,
  atMs: 1_700_000_000_000,
  stagesMs: { endOfTurn: 300, stt: 100, llm: 250, tts: 90, agentTotal: 700 },
  tools: ['get_balance'],
  interrupted: false,
  agent: 'bank',
});

function told(turns: number) {
  const summary = new SummaryOfCall();
  for (let number = 1; number <= turns; number++) summary.addTurn(turn(number));
  summary.setEnd({ cause: 'agent-hangup' });
  return summary.json ?? '';
}

it('is what the doors understand', () => {
  const parsed = agentSummarySchema.parse(JSON.parse(told(2)));
  expect(parsed).toEqual({ turns: [turn(1), turn(2)], end: { cause: 'agent-hangup' } });
});

it('of a very long call fits into what LiveKit takes, with the last turns', () => {
  const text = told(1_000);
  expect(Buffer.byteLength(text)).toBeLessThan(48_001);
  const { turns } = agentSummarySchema.parse(JSON.parse(text));
  expect(turns.at(-1)?.turn).toBe(1_000);
  expect(turns.length).toBeGreaterThan(100);
});

it('is nothing if nobody spoke', () => {
  expect(new SummaryOfCall().json).toBeUndefined();
});
