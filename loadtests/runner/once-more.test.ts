import { describe, expect, it } from 'vitest';
import { assembleReport, type RunFacts } from './assemble.ts';
import { onceMoreIfMisheard } from './once-more.ts';
import { exampleCall, exampleRun } from './testing.ts';

const doubted = { vouched: false, doubt: 'its packets left late' };
const misheard = exampleCall({
  ok: false,
  understood: false,
  turns: [{ said: 'q', heard: 'fifty two thousand', right: false, mouthToEarMs: 1 }],
});
const late = { ...misheard, ...doubted };
const notAllRight = {
  metrics: { calls_ok: { values: { rate: 0.5 }, thresholds: { 'rate>=1': { ok: false } } } },
};
const smoke = (given: Partial<RunFacts>) =>
  assembleReport(exampleRun({ smoke: true, summary: notAllRight, ...given }));
const passed = assembleReport(exampleRun({ smoke: true, calls: [exampleCall(doubted)] }));

async function judge(...reports: ReturnType<typeof smoke>[]) {
  const left = [...reports];
  const lines: string[] = [];
  const run = () => {
    const report = left.shift();
    return report ? Promise.resolve(report) : Promise.reject(new Error('run once too often'));
  };
  const verdict = await onceMoreIfMisheard(run, (line) => lines.push(line));
  expect(left).toEqual([]);
  return { verdict, lines };
}

describe('a smoke test', () => {
  it('is run once more when a caller that was late itself heard something wrong, and says so', async () => {
    const { verdict, lines } = await judge(smoke({ calls: [late] }), passed);
    expect(verdict).toBe(passed);
    expect(lines.join()).toContain('"q" was answered with "fifty two thousand"');
    expect(lines.join()).toContain('its packets left late');
  });

  it('has failed when it was heard wrongly twice', async () => {
    const second = smoke({ calls: [late] });
    expect((await judge(smoke({ calls: [late] }), second)).verdict).toBe(second);
    expect(second.ok).toBe(false);
  });

  it.each([
    ['the caller was in time', { calls: [misheard] }],
    [
      'a call failed',
      { calls: [{ ...late, failure: { step: 'answer' as const, reason: 'refused: 503' } }] },
    ],
    ['something was left behind', { calls: [late], leaks: { ...exampleRun().leaks!, ports: 2 } }],
    ['k6 broke off', { calls: [late], k6Fault: 'script exception' }],
    ['a person ended it', { calls: [late], cutShort: 'SIGINT' }],
    ['it is a whole load test', { smoke: false, calls: [late] }],
  ])('has failed at once when %s', async (_what, given) => {
    const report = smoke(given);
    expect(report.ok).toBe(false);
    const { verdict, lines } = await judge(report);
    expect(verdict).toBe(report);
    expect(lines).toEqual([]);
  });

  it('that passed is not run again', async () => {
    expect((await judge(passed)).verdict).toBe(passed);
  });
});
