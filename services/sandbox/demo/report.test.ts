import type { CallRecord } from '@patchbay/common/call-record';
import { describe, expect, it } from 'vitest';
import { recordSummary, spokenLine, stageTable } from './report.ts';

describe('the demo’s report', () => {
  it('shows every stage that was seen, a dash where a turn lacks it, and what is over the budget', () => {
    const lines = stageTable([
      { stagesMs: { stt: 120.4, mouthToEar: 900 } },
      { stagesMs: { mouthToEar: 5_000 } },
    ]).split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(/stage +turn 1 +turn 2 +budget p95/);
    expect(lines[1]).toMatch(/Speech to text +120 ms +– +350 ms +✓/);
    expect(lines[2]).toMatch(/Mouth to ear +900 ms +5000 ms +1800 ms +over/);
  });

  it('tells the call’s steps in ms since its start', () => {
    const record: CallRecord = {
      schemaVersion: 1,
      traceId: 'a'.repeat(32),
      event: 'call-record',
      callId: 'abc',
      door: 'reach',
      agent: 'bank',
      at: {
        startMs: 1_000,
        ringingMs: 1_020,
        agentReadyMs: 1_400,
        answeredMs: 1_410,
        endMs: 11_000,
      },
      result: 'agent-hangup',
      detail: 'the agent ended the call',
      sip: { callId: 'x', transport: 'udp', codec: 'PCMA', status: 200 },
      turns: [],
    };
    const text = recordSummary(record);
    expect(text).toMatch(/answered after +410 ms/);
    expect(text).toMatch(/length +10\.0 s/);
    expect(text).toMatch(/SIP +UDP, PCMA, 200/);
  });

  it('prints who said what and when, counted from the start of the call', () => {
    expect(spokenLine({ who: 'agent', text: 'Hello.', atMs: 3_500 }, 1_000)).toBe(
      '   2.5 s  agent   Hello.',
    );
  });
});
