import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { traceIdOf } from '@patchbay/common/tracing/trace-id';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { joinLogs } from '../calls/join-logs.ts';
import { findTrace } from '../collector/find-trace.ts';
import { SpanFile } from '../collector/span-file.ts';
import type { StoredSpan } from '../collector/stored-span.ts';
import { printTrace } from '../collector/trace-tree.ts';
import { LOCAL_NUMBERS, type Stack } from '../stack/stack.ts';
import { recordsOf, talkByPhone, talkByWeb } from './calls.ts';
import { startTestStack } from './stack.ts';

/** Processes of ours that write about calls; LiveKit's own lines are not ours to redact. */
const OUR_LOGS = ['bridge', 'agent', 'api', 'sip-edge'];
const SENT_LIMIT_MS = 15_000;

describe('what can be seen of a call afterwards', () => {
  let stack: Stack;
  let close = async () => {};
  beforeAll(async () => {
    ({ stack, close } = await startTestStack({ traces: true }));
  });
  afterAll(() => close());

  const spansOf = (callId: string): StoredSpan[] =>
    findTrace(new SpanFile(stack.runDir).read(), callId);
  /** The spans of a call whose door and agent have both told that it is over. */
  const wholeTrace = (callId: string) =>
    vi.waitFor(() => {
      const spans = spansOf(callId);
      for (const name of ['call', 'job patchbay']) {
        expect(spans.map((span) => span.name)).toContain(name);
      }
      return spans;
    }, SENT_LIMIT_MS);
  const recordOf = (door: 'reach' | 'web') =>
    vi.waitFor(() => {
      const record = recordsOf(stack, door).at(-1);
      expect(record).toBeDefined();
      return record!;
    }, SENT_LIMIT_MS);
  const logOf = (service: string) => readFileSync(join(stack.runDir, `${service}.log`), 'utf8');

  it('of a phone call: one trace from the INVITE to the goodbye, with each turn by stage', async () => {
    await talkByPhone(stack);
    const record = await recordOf('reach');
    const spans = await wholeTrace(record.callId);
    console.log(printTrace(spans));
    const names = spans.map(({ name }) => name);
    for (const name of [
      'join the room',
      'wait for the agent',
      'answer',
      'talk',
      'words',
      'turn 1',
      'caller speaks',
      'end of turn',
      'stt deepgram',
      'llm openai',
      'tool get_balance',
      'tts cartesia',
      'plays',
    ]) {
      expect(names).toContain(name);
    }
    expect(new Set(spans.map(({ traceId }) => traceId))).toEqual(new Set([record.traceId]));
    const ids = new Set(spans.map(({ spanId }) => spanId));
    expect(spans.filter(({ parentSpanId }) => parentSpanId && !ids.has(parentSpanId))).toEqual([]);
    expect(record.turns.map(({ agent }) => agent)).toContain('bank');
  });

  it('of a web call: the token request, the agent, and a record with its turns', async () => {
    await talkByWeb(stack);
    const record = await recordOf('web');
    const spans = await wholeTrace(record.callId);
    console.log(printTrace(spans));
    const names = spans.map(({ name }) => name);
    for (const name of ['token request', 'talk', 'turn 1', 'llm openai']) {
      expect(names).toContain(name);
    }
    expect(record.result).toBe('agent-hangup');
    expect(record.turns.length).toBeGreaterThan(0);
    expect(record.turns[0]?.stagesMs.agentTotal).toBeGreaterThan(0);
    expect(joinLogs([{ name: 'api', text: logOf('api') }], record.callId)[0]?.message).toBe(
      'token issued',
    );
  });

  it('has the ids of the call on each line of its job', () => {
    const lines = logOf('agent')
      .split('\n')
      .filter((line) => line.includes('"service":"agent-job"'))
      .map((line) => JSON.parse(line) as Record<string, string>);
    const ofCalls = lines.filter(({ jobId }) => jobId !== undefined);
    expect(ofCalls.length).toBeGreaterThan(3);
    for (const { room, callId, traceId } of ofCalls) {
      expect(callId).toBeDefined();
      expect(traceId).toBe(traceIdOf({ room: room! }));
    }
  });

  it('has neither the caller’s number nor a word that was said in it', () => {
    const traces = readFileSync(join(stack.runDir, 'traces.jsonl'), 'utf8');
    const texts = [traces, ...OUR_LOGS.map(logOf)];
    for (const text of texts) {
      expect(text).not.toContain(LOCAL_NUMBERS.caller);
      expect(text.toLowerCase()).not.toMatch(/account balance|welcome to the bank|goodbye/);
    }
    expect(readdirSync(stack.runDir)).toContain('collector.log');
  });

  it('leads from the latency in a metric to the call', async () => {
    const read = async (part: 'agent' | 'bridge' | 'api') => {
      const accept = 'application/openmetrics-text';
      const response = await fetch(`${stack.opsUrl(part)}/metrics`, { headers: { accept } });
      return response.text();
    };
    const phone = (await recordOf('reach')).traceId;
    const web = (await recordOf('web')).traceId;
    const exemplar = (metric: string, trace: string) =>
      new RegExp(`^${metric}_bucket\\{.*# \\{trace_id="${trace}"\\}`, 'm');
    expect(await read('bridge')).toMatch(exemplar('patchbay_bridge_answer_seconds', phone));
    expect(await read('agent')).toMatch(exemplar('patchbay_agent_turn_seconds', web));
    expect(await read('api')).toMatch(exemplar('patchbay_api_agent_ready_seconds', web));
  });

  it('is missing when nobody takes traces, and the call goes as ever', async () => {
    await stack.service('collector').close();
    const { endedBy } = await talkByPhone(stack);
    expect(endedBy).toBe('peer');
    const record = await vi.waitFor(() => {
      const records = recordsOf(stack, 'reach');
      expect(records).toHaveLength(2);
      return records.at(-1)!;
    }, SENT_LIMIT_MS);
    expect(record.result).toBe('agent-hangup');
    expect(spansOf(record.callId)).toEqual([]);
  });
});
