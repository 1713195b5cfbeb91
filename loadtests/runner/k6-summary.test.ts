import { describe, expect, it } from 'vitest';
import { BUDGET_THRESHOLDS } from '../budget.ts';
import { budgetOfSummary, otherThresholds, parseSummary } from './k6-summary.ts';

const summary = parseSummary(
  JSON.stringify({
    metrics: {
      stage_llm_ms: { type: 'trend', values: { count: 4, 'p(50)': 100, 'p(95)': 200 } },
      'stage_llm_ms{door:reach}': {
        values: { count: 4, 'p(50)': 100.04, 'p(95)': 800 },
        thresholds: { 'p(50)<=300': { ok: true }, 'p(95)<=750': { ok: false } },
      },
      'stage_stt_ms{door:web}': {
        values: { count: 0, 'p(50)': 0, 'p(95)': 0 },
        thresholds: { 'p(50)<=100': { ok: true } },
      },
      'stage_tts_ms{door:reach,phase:after}': {
        values: { count: 2, 'p(50)': 10, 'p(95)': 20 },
        thresholds: { 'p(50)<=120': { ok: true } },
      },
      calls_ok: {
        values: { rate: 0.5, passes: 1, fails: 1 },
        thresholds: { 'rate>=1': { ok: false } },
      },
      vus: { values: { value: 1, min: null } },
    },
  }),
);

describe('reading what k6 found', () => {
  it('gives the budget as k6 judged it, without stages of which nothing was measured', () => {
    expect(budgetOfSummary(summary)).toEqual([
      {
        stage: 'llm',
        door: 'reach',
        count: 4,
        p50Ms: 100,
        p95Ms: 800,
        p50LimitMs: 300,
        limitMs: 750,
        ok: false,
      },
      {
        stage: 'tts',
        door: 'reach',
        phase: 'after',
        count: 2,
        p50Ms: 10,
        p95Ms: 20,
        p50LimitMs: 120,
        limitMs: 250,
        ok: true,
      },
    ]);
  });

  it('gives the limits that k6 judged by, where they are wider than the budget', () => {
    const wider = parseSummary(
      JSON.stringify({
        metrics: {
          'stage_stt_ms{door:web}': {
            values: { count: 9, 'p(50)': 130, 'p(95)': 300 },
            thresholds: { 'p(50)<=160': { ok: true }, 'p(95)<=410': { ok: true } },
          },
        },
      }),
    );
    expect(budgetOfSummary(wider)).toMatchObject([{ p50LimitMs: 160, limitMs: 410, ok: true }]);
  });

  it('gives every other threshold with what was found', () => {
    expect(otherThresholds(summary)).toEqual([
      { name: 'calls_ok', limit: 'rate>=1', value: 0.5, ok: false },
    ]);
  });

  it('does not take a rate of nothing for a good one', () => {
    const none = {
      values: { rate: 0, passes: 0, fails: 0 },
      thresholds: { 'rate>=1': { ok: true } },
    };
    expect(otherThresholds({ metrics: { calls_ok: none } })).toEqual([
      { name: 'calls_ok', limit: 'rate>=1', value: undefined, ok: false },
    ]);
  });

  it('understands the name of every threshold that is made from the budget', () => {
    const metrics = Object.fromEntries(
      Object.entries(BUDGET_THRESHOLDS).map(([key, limits]) => [
        key,
        {
          values: { count: 1, 'p(50)': 1, 'p(95)': 1 },
          thresholds: Object.fromEntries(limits.map((limit) => [limit, { ok: true }])),
        },
      ]),
    );
    expect(budgetOfSummary({ metrics })).toHaveLength(Object.keys(BUDGET_THRESHOLDS).length);
  });
});
