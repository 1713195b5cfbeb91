import { describe, expect, it } from 'vitest';
import { findTrace, latestCalls } from './find-trace.ts';
import type { StoredSpan } from './stored-span.ts';
import { printTrace } from './trace-tree.ts';

const CALL_ID = '0123456789abcdef8899aabbccddeeff';
const ROOM = `reach-bank-${CALL_ID}`;
const START_MS = 1_700_000_000_000;

function span(name: string, from: number, to: number, more: Partial<StoredSpan> = {}): StoredSpan {
  return {
    traceId: CALL_ID,
    spanId: name.padEnd(16, '0').slice(0, 16),
    service: 'patchbay-bridge',
    name,
    client: false,
    startMs: START_MS + from,
    endMs: START_MS + to,
    attributes: {},
    events: [],
    ...more,
  };
}

const root = span('call', 0, 12_345, {
  attributes: {
    'patchbay.callId': CALL_ID,
    'patchbay.room': ROOM,
    'sip.callId': 'abc@127.0.0.1',
    'patchbay.result': 'agent-hangup',
  },
});
const job = span('job', 120, 12_000, {
  parentSpanId: root.spanId,
  service: 'patchbay-agent-job',
  events: [
    {
      name: 'provider switched',
      atMs: START_MS + 5_000,
      attributes: { 'patchbay.from': 'openai', 'patchbay.to': 'groq' },
    },
  ],
});
const llm = span('llm openai', 4_000, 5_000, {
  parentSpanId: job.spanId,
  service: 'patchbay-agent-job',
  error: 'timeout',
});
const other = span('call', 60_000, 61_000, {
  traceId: 'f'.repeat(32),
  attributes: { 'patchbay.callId': 'f'.repeat(32) },
});

describe('the tree of a call', () => {
  it('shows what is within what, when it began and how long it took', () => {
    expect(printTrace([llm, job, root]).split('\n')).toEqual([
      `trace ${CALL_ID}`,
      `room ${ROOM}`,
      `callId ${CALL_ID}`,
      'sip.callId abc@127.0.0.1',
      '2023-11-14T22:13:20.000Z, 3 spans',
      '',
      '    begins      takes  in',
      `  +0.000 s     12.3 s  bridge    ${'call'.padEnd(42)} result=agent-hangup`,
      '  +0.120 s     11.9 s  agent-job   job',
      `  +5.000 s             agent-job ${'    · provider switched'.padEnd(42)} from=openai to=groq`,
      `  +4.000 s    1000 ms  agent-job ${'    llm openai'.padEnd(42)} ✗ timeout`,
    ]);
  });

  it('shows steps whose parent has not come, apart from the rest', () => {
    const text = printTrace([root, llm]);
    expect(text).toContain('has not been told');
    expect(text.indexOf('llm openai')).toBeGreaterThan(text.indexOf('has not been told'));
  });
});

describe('a call is found', () => {
  it.each([
    ['id', CALL_ID],
    ['room', ROOM],
    ['SIP Call-ID', 'abc@127.0.0.1'],
  ])('by its %s', (_, wanted) => {
    expect(findTrace([root, job, llm, other], wanted)).toEqual([root, job, llm]);
  });

  it('by its room also when its door has told nothing yet', () => {
    expect(findTrace([job, other], ROOM)).toEqual([job]);
  });

  it('not if there is none, and then the last ones are known', () => {
    expect(findTrace([root, job, other], 'nonsense')).toEqual([]);
    expect(latestCalls([root, job, other], 1).map(({ callId }) => callId)).toEqual([
      'f'.repeat(32),
    ]);
    expect(latestCalls([root, job], 9)).toEqual([
      {
        callId: CALL_ID,
        room: ROOM,
        sipCallId: 'abc@127.0.0.1',
        startMs: START_MS,
        result: 'agent-hangup',
      },
    ]);
  });
});
