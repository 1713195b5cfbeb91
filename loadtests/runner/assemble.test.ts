import { describe, expect, it } from 'vitest';
import { assembleReport } from './assemble.ts';
import { exampleCall, exampleRun } from './testing.ts';

const slow = exampleCall({ stages: [{ llm: 900, agentTotal: 1_300 }] });
const doubted = { vouched: false, doubt: 'its packets left late' };

describe('judging a run', () => {
  it('passes one whose calls went right, within budget, and left nothing', () => {
    const report = assembleReport(exampleRun());
    expect(report).toMatchObject({
      ok: true,
      reasons: [],
      vouched: true,
      calls: { placed: 1, understood: 1, failed: 0 },
      leaks: { ports: 0, rooms: 0, sockets: 0 },
      machine: { cores: 2, cpuPct: 40 },
    });
    expect(report.budget).toContainEqual({
      ...{ stage: 'llm', door: 'reach', count: 1, p50Ms: 90, p95Ms: 90 },
      ...{ p50LimitMs: 300, limitMs: 750, ok: true },
    });
  });

  it('fails one over budget and names the stage to blame', () => {
    const report = assembleReport(exampleRun({ calls: [slow] }));
    expect(report.ok).toBe(false);
    expect(report.guilty).toMatchObject([{ stage: 'llm', door: 'reach' }]);
    expect(report.reasons.join()).toContain('to blame: Language model (llm)');
  });

  it.each([
    [
      'a threshold of k6 is broken',
      {
        summary: {
          metrics: {
            calls_ok: { values: { rate: 0.5 }, thresholds: { 'rate>=1': { ok: false } } },
          },
        },
      },
      'calls_ok: rate>=1 does not hold, found 0.5',
    ],
    [
      'a port is left behind',
      { leaks: { ...exampleRun().leaks!, ports: 2 } },
      '2 ports left behind',
    ],
    [
      'memory has grown',
      { leaks: { ...exampleRun().leaks!, rssMb: { bridge: { before: 100, after: 300 } } } },
      'memory of bridge grew from 100 to 300 MB',
    ],
    ['no call was made', { calls: [] }, 'no call was made'],
    ['k6 broke off', { k6Fault: 'script exception' }, 'k6 did not finish: script exception'],
    ['it was cut short', { cutShort: 'SIGINT' }, 'cut short by SIGINT'],
    ['the driver was overloaded', { calls: [exampleCall(doubted)] }, 'its packets left late'],
    ['the machine was full', { cpu: [{ atMs: 5_000, busyPct: 99 }] }, '99 % busy'],
  ])('fails one when %s, and says so', (_what, given, words) => {
    const report = assembleReport(exampleRun(given));
    expect(report.ok).toBe(false);
    expect(report.reasons.join()).toContain(words);
  });

  it('does not let a slow stage fail a smoke test, but tells of it', () => {
    const report = assembleReport(exampleRun({ smoke: true, calls: [slow] }));
    expect(report).toMatchObject({ ok: true, vouched: true });
    expect(report.notes.join()).toContain('over budget');
  });

  it('does not let figures that nobody vouches for fail a smoke test, but tells of them', () => {
    const report = assembleReport(exampleRun({ smoke: true, calls: [{ ...slow, ...doubted }] }));
    expect(report).toMatchObject({ ok: true, vouched: false });
    expect(report.notes.join()).toContain('over budget');
    expect(report.notes.join()).toContain('its packets left late');
  });

  it('passes one whose driver was late in a few of many calls, and tells of it', () => {
    const calls = [...Array.from({ length: 3 }, () => exampleCall()), exampleCall(doubted)];
    const report = assembleReport(exampleRun({ calls }));
    expect(report).toMatchObject({ ok: true, vouched: true });
    expect(report.notes.join()).toContain('during 1 of 4 calls its packets left late');
  });

  it('counts why calls went wrong, the most frequent first', () => {
    const failed = exampleCall({
      ok: false,
      understood: false,
      failure: { step: 'answer', reason: 'refused: 503' },
    });
    const wrong = exampleCall({
      ok: false,
      understood: false,
      turns: [{ said: 'q', heard: 'what', right: false, mouthToEarMs: 1 }],
    });
    const { failures, calls } = assembleReport(exampleRun({ calls: [wrong, failed, failed] }));
    expect(failures).toEqual([
      { reason: 'reach, answer: refused: 503', count: 2 },
      { reason: 'reach: "q" was answered with "what"', count: 1 },
    ]);
    expect(calls).toEqual({ placed: 3, understood: 0, failed: 2 });
  });

  it('tells at how many calls a ramp broke', () => {
    const at = (atOnce: number, mouthToEarMs: number) =>
      exampleCall({ atOnce, turns: [{ said: 'q', heard: 'a', right: true, mouthToEarMs }] });
    const calls = [at(1, 700), at(2, 800), at(3, 2_500)];
    const report = assembleReport(exampleRun({ toBreak: true, calls }));
    expect(report.ok).toBe(true);
    expect(report.notes.join()).toContain('within budget up to 2 calls at once');
    expect(report.capacity.map((point) => [point.calls, point.p95Ms])).toEqual([
      [1, 700],
      [2, 800],
      [3, 2_500],
    ]);
  });
});
