import { describe, expect, it } from 'vitest';
import { assembleReport } from '../assemble.ts';
import { reportText } from '../report-text.ts';
import { exampleCall, exampleRun } from '../testing.ts';
import { reportHtml } from './page.ts';
import { scale, waterfallBars } from './waterfall.ts';

const calls = [
  exampleCall(),
  exampleCall({ budgetDoor: 'web', door: 'web', atOnce: 2 }),
  exampleCall({ atOnce: 3, vouched: false, doubt: 'late' }),
];
const report = assembleReport(exampleRun({ calls }));

describe('the report', () => {
  it('is one page that fetches nothing', () => {
    const page = reportHtml(report);
    expect(page).not.toMatch(/\b(src|href)=|@import|url\(|<script/);
    expect(page).toContain('<svg');
  });

  it('shows the doors side by side, where the time goes, and how it is by calls at once', () => {
    const page = reportHtml(report);
    for (const words of [
      'Phone, bridge',
      '>Web<',
      'Language model',
      'Where the median turn goes',
      'By calls at once',
      'not vouched for',
    ]) {
      expect(page).toContain(words);
    }
  });

  it('writes what others said as text, never as markup', () => {
    const failure = { step: 'answer' as const, reason: '<script>alert("x")</script>' };
    const page = reportHtml(assembleReport(exampleRun({ calls: [exampleCall({ failure })] })));
    expect(page).not.toContain('<script>');
    expect(page).toContain('&lt;script&gt;');
  });

  it('compares with an earlier run', () => {
    const earlier = structuredClone(report);
    for (const row of earlier.budget) if (row.stage === 'llm') row.p95Ms = 40;
    expect(reportHtml(report, earlier)).toContain('+125 %');
    expect(reportHtml(report)).not.toContain('Compared with');
  });

  it('is short enough for a terminal', () => {
    const text = reportText(report);
    expect(text).toContain('Language model');
    expect(text).toContain('3 calls placed, 3 understood, 0 failed');
    for (const line of text.split('\n').slice(0, 30)) expect(line.length).toBeLessThanOrEqual(110);
  });
});

describe('the waterfall', () => {
  it('ends at the ear, and shows what no stage accounts for', () => {
    const bars = waterfallBars({
      medianMs: {
        bridgeIn: 10,
        stt: 50,
        endOfTurn: 300,
        llm: 100,
        tts: 50,
        bridgeOut: 20,
        mouthToEar: 700,
      },
    });
    expect(bars.map(({ kind, fromMs, toMs }) => [kind, fromMs, toMs])).toEqual([
      ['bridgeIn', 0, 10],
      ['stt', 10, 60],
      ['endOfTurn', 10, 310],
      ['llm', 310, 410],
      ['tts', 410, 460],
      ['between', 460, 680],
      ['bridgeOut', 680, 700],
    ]);
  });

  it.each([
    [1_000, [0, 200, 400, 600, 800, 1_000]],
    [4.5, [0, 1, 2, 3, 4]],
    [100, [0, 20, 40, 60, 80, 100]],
  ])('has round steps up to %s', (most, steps) => expect(scale(most)).toEqual(steps));
});
