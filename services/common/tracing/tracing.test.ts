import { createServer, type Server } from 'node:http';
import { SpanStatusCode } from '@opentelemetry/api';
import {
  InMemorySpanExporter,
  type ReadableSpan,
  type SpanExporter,
} from '@opentelemetry/sdk-trace-base';
import { afterEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../logger.ts';
import { closeServer, listen } from '../ops-server.ts';
import { newCallId, roomName } from '../room-contract.ts';
import { logLines } from '../testing/log-lines.ts';
import { startOtelTracer } from './otel-tracer.ts';
import { NO_SPAN, NO_TRACER } from './span.ts';
import { startTracer } from './start-tracer.ts';
import { callFields, rootSpanIdOf, traceIdOf } from './trace-id.ts';

const CALL_ID = '0123456789abcdef8899aabbccddeeff';
const ROOM = roomName('reach', 'bank', CALL_ID);

const servers: Server[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map(closeServer));
});

function recorded(share = 1) {
  const exporter = new InMemorySpanExporter();
  const tracer = startOtelTracer({
    service: 'bridge',
    endpoint: 'http://127.0.0.1:9',
    share,
    log: silentLogger(),
    exporter,
  });
  return { tracer, spans: () => exporter.getFinishedSpans() };
}

describe('the trace of a call', () => {
  it('has the call’s own id, which every process knows from the room’s name', () => {
    expect(traceIdOf({ room: ROOM })).toBe(CALL_ID);
    expect(traceIdOf({ callId: CALL_ID })).toBe(CALL_ID);
    expect(traceIdOf({ callId: newCallId() })).toMatch(/^[0-9a-f]{32}$/);
  });

  it('has an id that follows from LiveKit SIP’s random letters, not from the caller’s number', () => {
    const room = 'trunk-bank_+12025550187_aBcDeFgHiJkL';
    const id = traceIdOf({ room });
    expect(id).toMatch(/^[0-9a-f]{32}$/);
    expect(traceIdOf({ callId: 'aBcDeFgHiJkL' })).toBe(id);
    expect(traceIdOf({ room: 'trunk-bank_+12025550188_aBcDeFgHiJkL' })).toBe(id);
    expect(traceIdOf({ room: 'trunk-bank_+12025550187_aBcDeFgHiJkM' })).not.toBe(id);
    expect(callFields({ room })).toEqual({
      callId: 'aBcDeFgHiJkL',
      room: 'trunk-bank_…_aBcDeFgHiJkL',
      traceId: id,
    });
  });

  it('has an id of its own in a room that isn’t ours', () => {
    expect(traceIdOf({ room: 'other' })).toMatch(/^[0-9a-f]{32}$/);
    expect(traceIdOf({ room: 'other' })).not.toBe(traceIdOf({ room: 'another' }));
  });

  it('never begins with the id that means none', () => {
    expect(rootSpanIdOf(CALL_ID)).toBe('8899aabbccddeeff');
    expect(rootSpanIdOf(`${'1'.repeat(16)}${'0'.repeat(16)}`)).toBe('0000000000000001');
  });

  it('stands in every log line of the call', () => {
    expect(callFields({ room: ROOM })).toEqual({ callId: CALL_ID, room: ROOM, traceId: CALL_ID });
    expect(callFields({ callId: CALL_ID })).toEqual({ callId: CALL_ID, traceId: CALL_ID });
    expect(callFields({ room: 'other' })).toEqual({
      room: 'other',
      traceId: traceIdOf({ room: 'other' }),
    });
    expect(callFields({})).toEqual({});
  });
});

describe('a tracer', () => {
  it('puts the steps of two processes under one root', async () => {
    const door = recorded();
    const agent = recorded();
    const root = door.tracer.root({ callId: CALL_ID }, 'call', {
      atMs: 1_000.25,
      attributes: { 'patchbay.door': 'reach', 'patchbay.agent': undefined },
    });
    root.step('join the room', 1_010, 1_040);
    const job = agent.tracer.within({ room: ROOM }, 'job', { atMs: 1_020 });
    job.child('llm', { kind: 'client', atMs: 1_100 }).end({ atMs: 1_300, error: 'timeout' });
    job.end({ atMs: 2_000 });
    root.event('provider switched', { 'patchbay.to': 'groq' }, 1_500);
    root.end({ atMs: 2_100 });
    root.end({ atMs: 9_999 });
    await Promise.all([door.tracer.flush(), agent.tracer.flush()]);

    const all = [...door.spans(), ...agent.spans()];
    expect(new Set(all.map((span) => span.spanContext().traceId))).toEqual(new Set([CALL_ID]));
    const named = (name: string): ReadableSpan => all.find((span) => span.name === name)!;
    const parent = (name: string) => named(name).parentSpanContext?.spanId;
    expect(parent('call')).toBeUndefined();
    expect(named('call').spanContext().spanId).toBe(rootSpanIdOf(CALL_ID));
    expect(named('call').startTime).toEqual([1, 250_000]);
    expect(named('call').endTime).toEqual([2, 100_000_000]);
    expect(named('call').attributes).toEqual({ 'patchbay.door': 'reach' });
    expect(named('call').events.map(({ name }) => name)).toEqual(['provider switched']);
    expect(parent('join the room')).toBe(rootSpanIdOf(CALL_ID));
    expect(parent('job')).toBe(rootSpanIdOf(CALL_ID));
    expect(parent('llm')).toBe(named('job').spanContext().spanId);
    expect(named('llm').status).toEqual({ code: SpanStatusCode.ERROR, message: 'timeout' });
  });

  it('keeps or leaves out whole calls, whichever process asks', async () => {
    const processes = [recorded(0.5), recorded(0.5)];
    const kept = await Promise.all(
      processes.map(async ({ tracer, spans }, process) => {
        for (let call = 0; call < 64; call++) {
          const callId = (BigInt(call + 1) * 0x9e3779b97f4a7c15f39cc0605cedc835n)
            .toString(16)
            .slice(-32)
            .padStart(32, '0');
          tracer[process === 0 ? 'root' : 'within']({ callId }, 'step').end();
        }
        await tracer.flush();
        return spans().map((span) => span.spanContext().traceId);
      }),
    );
    expect(kept[0]).toEqual(kept[1]);
    expect(kept[0]!.length).toBeGreaterThan(8);
    expect(kept[0]!.length).toBeLessThan(56);
  });
});

describe('where traces go', () => {
  const config = (endpoint: string | undefined) => ({
    OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
    OTEL_TRACES_SAMPLER_ARG: 1,
  });

  it('is nowhere, at no cost, unless somebody says where', async () => {
    const tracer = await startTracer({
      service: 'api',
      config: config(undefined),
      log: silentLogger(),
    });
    expect(tracer).toBe(NO_TRACER);
    const span = tracer.root({ room: ROOM }, 'call');
    expect(span.child('a').step('b', 1, 2)).toBe(NO_SPAN);
    span.set({});
    span.event('c');
    span.end();
    await tracer.flush();
    await tracer.close();
  });

  it('is an OTLP receiver, at the path of the specification', async () => {
    const seen: string[] = [];
    const server = createServer((request, response) => {
      seen.push(`${request.method} ${request.url} ${request.headers['content-type']}`);
      request.resume().on('end', () => response.end());
    });
    servers.push(server);
    const port = await listen(server, 0, '127.0.0.1');
    const tracer = await startTracer({
      service: 'api',
      config: config(`http://127.0.0.1:${port}/`),
      log: silentLogger(),
    });
    tracer.root({ room: ROOM }, 'call').end();
    await tracer.flush();
    expect(seen).toEqual(['POST /v1/traces application/x-protobuf']);
    await tracer.close();
  });

  it('may be down: nothing throws, and whoever ends does not wait for it', async () => {
    const server = createServer();
    const port = await listen(server, 0, '127.0.0.1');
    await closeServer(server);
    const tracer = hasty(`http://127.0.0.1:${port}`);
    for (let round = 0; round < 2; round++) {
      const root = tracer.root({ callId: newCallId() }, 'call');
      for (let step = 0; step < 300; step++) root.step('step', 1, 2);
      root.end();
      await tracer.flush();
    }
    await tracer.close();
  });

  it('may take a connection and never answer', async () => {
    const server = createServer(() => undefined);
    servers.push(server);
    const port = await listen(server, 0, '127.0.0.1');
    const tracer = hasty(`http://127.0.0.1:${port}`);
    tracer.root({ room: ROOM }, 'call').end();
    await tracer.flush();
    await tracer.close();
  });

  it('is told of in the log when it is down and when it is back, not with every batch', async () => {
    const { log, lines } = logLines();
    let down = true;
    const exporter: SpanExporter = {
      export: (_spans, done) =>
        done(down ? { code: 1, error: new Error('ECONNREFUSED') } : { code: 0 }),
      shutdown: () => Promise.resolve(),
    };
    const tracer = startOtelTracer({
      service: 'api',
      endpoint: 'http://x',
      share: 1,
      log,
      exporter,
    });
    const send = async () => {
      tracer.root({ callId: newCallId() }, 'call').end();
      await tracer.flush();
    };
    await send();
    await send();
    down = false;
    await send();
    await tracer.close();
    expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual([
      'traces can not be sent',
      'traces can be sent again',
    ]);
  });
});

/** Waits for less than a batch is tried for, which is less than the exporter's pause before a retry. */
function hasty(endpoint: string) {
  const limits = { flushLimitMs: 20, exportLimitMs: 100 };
  return startOtelTracer({ service: 'api', endpoint, share: 1, log: silentLogger(), ...limits });
}
