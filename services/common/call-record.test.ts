import { describe, expect, it } from 'vitest';
import { agentCatalogSchema } from './agent-catalog.ts';
import { BUDGET } from './budget.ts';
import { CALL_RESULTS, callRecordSchema, type CallRecord } from './call-record.ts';

const record: CallRecord = {
  schemaVersion: 1,
  event: 'call-record',
  callId: '0'.repeat(32),
  traceId: '0'.repeat(32),
  door: 'reach',
  agent: 'bank',
  at: { startMs: 1, ringingMs: 2, answeredMs: 3, endMs: 4 },
  result: 'caller-hangup',
  detail: 'The caller hung up.',
  sip: { callId: 'a@b', status: 200, transport: 'udp', codec: 'PCMA' },
  media: {
    in: { packets: 1, bytes: 160, lost: 0, late: 0, duplicate: 0, jitterMs: 0.5 },
    out: { packets: 1, bytes: 160, underruns: 0 },
  },
  turns: [{ turn: 0, atMs: 3, stagesMs: { llm: 10 }, tools: ['get_balance'], interrupted: false }],
};

describe('a call record', () => {
  it('survives being written as a line and read again', () => {
    expect(callRecordSchema.parse(JSON.parse(JSON.stringify(record)))).toEqual(record);
  });

  it('needs no more than ids, door, times, result and words', () => {
    const { schemaVersion, event, callId, traceId, door, at, detail } = record;
    const least = {
      schemaVersion,
      event,
      callId,
      traceId,
      door,
      at,
      detail,
      result: 'rejected-unknown-number',
      turns: [],
    };
    expect(callRecordSchema.safeParse(least).success).toBe(true);
  });

  it('knows only the listed results', () => {
    expect(callRecordSchema.safeParse({ ...record, result: 'vanished' }).success).toBe(false);
    expect(new Set(CALL_RESULTS).size).toBe(CALL_RESULTS.length);
  });
});

describe('the latency budget', () => {
  it.each(Object.entries(BUDGET))('allows %s more time at p95 than at p50', (_, stage) => {
    expect(stage.p50Ms).toBeGreaterThan(0);
    expect(stage.p95Ms).toBeGreaterThan(stage.p50Ms);
  });
});

describe('the catalogue of agents', () => {
  it('refuses an agent whose name could not be used in an URL', () => {
    const agent = { name: 'bank', title: 'Bank', description: 'd', language: 'en-US' };
    const capacity = { active: 0, max: 10 };
    expect(agentCatalogSchema.safeParse({ agents: [agent], capacity }).success).toBe(true);
    const bad = { agents: [{ ...agent, name: 'My Bank' }], capacity };
    expect(agentCatalogSchema.safeParse(bad).success).toBe(false);
  });
});
