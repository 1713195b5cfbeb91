import { describe, expect, it } from 'vitest';
import { problemOf } from './api.ts';
import { lengthInWords } from './length-in-words.ts';
import { PROBLEMS } from './problems.ts';
import { readEndCause, readTurnReport } from './turn-report.ts';

const bytes = (value: unknown) =>
  new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));

describe('what the page says', () => {
  it.each([
    [401, 'session-expired', null, 'session-expired', undefined],
    [401, 'unauthenticated', null, 'session-expired', undefined],
    [404, 'unknown-agent', null, 'agent-unknown', undefined],
    [429, 'rate-limited', '42', 'too-many', 42],
    [503, 'no-capacity', '10', 'full', 10],
    [503, 'livekit-away', '3', 'server-away', 3],
    [502, '', null, 'server-away', undefined],
    [500, 'internal-error', 'soon', 'unexpected', undefined],
  ])('about the answer %i %s', (status, code, retryAfter, problem, wait) => {
    const told = problemOf(status, code, retryAfter);
    expect([told.code, told.retryAfterSeconds]).toEqual([problem, wait]);
  });

  it('always names a next step', () => {
    for (const words of Object.values(PROBLEMS)) {
      expect(words.text).toMatch(/\.$/);
      expect(words.button).not.toBe('');
    }
  });

  it('about the length of a call', () => {
    expect([1, 59.6, 60, 75, 121].map(lengthInWords)).toEqual([
      '1 second',
      '1 minute',
      '1 minute',
      '1 minute 15 seconds',
      '2 minutes 1 second',
    ]);
  });
});

describe('the agent’s reports', () => {
  it('are read as the contract has them', () => {
    const report = { turn: 1, atMs: 1, stagesMs: { llm: 284, agentTotal: 812 }, tools: [] };
    expect(readTurnReport(bytes(report))).toEqual({
      totalMs: 812,
      stages: [{ name: 'Thinking of the answer', ms: 284 }],
    });
    expect(readEndCause(bytes({ cause: 'agent-hangup' }))).toBe('agent-hangup');
  });

  it('are left alone when they are anything else', () => {
    for (const bad of ['no json', 'null', {}, { stagesMs: 1 }, { stagesMs: { agentTotal: 'x' } }]) {
      expect(readTurnReport(bytes(bad))).toBeUndefined();
      expect(readEndCause(bytes(bad))).toBeUndefined();
    }
  });
});
