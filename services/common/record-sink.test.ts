import { createServer, type Server } from 'node:http';
import { afterEach, expect, it, vi } from 'vitest';
import type { CallRecord } from './call-record.ts';
import { silentLogger } from './logger.ts';
import { closeServer, listen } from './ops-server.ts';
import { createRecordWriter } from './record-sink.ts';
import { logLines } from './testing/log-lines.ts';

const record: CallRecord = {
  schemaVersion: 1,
  event: 'call-record',
  callId: 'c'.repeat(32),
  traceId: 'c'.repeat(32),
  door: 'web',
  at: { startMs: 1, endMs: 2 },
  result: 'caller-hangup',
  detail: 'The caller hung up.',
  turns: [],
};

const servers: Server[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map(closeServer));
});

/** A receiver that answers with these statuses in turn, the last one for ever. */
async function receiver(...statuses: number[]) {
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (data: Buffer) => (body += data.toString()));
    request.on('end', () => {
      bodies.push(body);
      response.writeHead(statuses[Math.min(bodies.length, statuses.length) - 1] ?? 200).end();
    });
  });
  servers.push(server);
  return { bodies, url: `http://127.0.0.1:${await listen(server, 0, '127.0.0.1')}/calls` };
}

it('a record is one line of JSON', async () => {
  const lines: string[] = [];
  const line = (text: string) => void lines.push(text);
  const writer = createRecordWriter({ line, url: undefined, log: silentLogger() });
  writer.write(record);
  await writer.close();
  expect(lines).toEqual([`${JSON.stringify(record)}\n`]);
});

it('and is posted as well where somebody wants it, again if it was not taken', async () => {
  const { bodies, url } = await receiver(503, 200);
  const line = () => undefined;
  const writer = createRecordWriter({ line, url, log: silentLogger(), retryMs: [1, 1] });
  writer.write(record);
  await vi.waitFor(() => expect(bodies).toHaveLength(2));
  expect(JSON.parse(bodies[1]!)).toEqual(record);
  await writer.close();
});

it('one that nobody takes is told in the log, and hurts nobody', async () => {
  const { log, lines: logged } = logLines();
  const { url } = await receiver(500);
  const line = () => undefined;
  const writer = createRecordWriter({ line, url, log, retryMs: [1] });
  writer.write(record);
  await vi.waitFor(() => expect(logged).toHaveLength(1));
  expect(JSON.parse(logged[0]!)).toMatchObject({
    callId: record.callId,
    problem: 'answered with status 500',
    msg: 'a call record could not be sent on',
  });
  await writer.close();
});

it('a process that ends does not wait for a receiver that is away', async () => {
  const { url } = await receiver(200);
  await Promise.all(servers.splice(0).map(closeServer));
  const line = () => undefined;
  const writer = createRecordWriter({ line, url, log: silentLogger(), retryMs: [60_000] });
  writer.write(record);
  await writer.close();
});
