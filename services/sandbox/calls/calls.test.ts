import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { callList } from './call-list.ts';
import { joinLogs, printLines } from './join-logs.ts';
import { runsWith } from './run-folders.ts';

const CALL_ID = '0123456789abcdef8899aabbccddeeff';
const ROOM = `reach-bank-${CALL_ID}`;
const SIP_CALL_ID = 'abcdefgh@127.0.0.1';

const json = (fields: object) => JSON.stringify(fields);
const FILES = [
  {
    name: 'bridge',
    text: [
      json({
        level: 'info',
        time: '2026-01-01T00:00:00.000Z',
        service: 'bridge',
        pid: 1,
        callId: CALL_ID,
        traceId: CALL_ID,
        sipCallId: SIP_CALL_ID,
        callerNumber: '[redacted]',
        msg: 'call came in',
      }),
      json({
        level: 'info',
        time: '2026-01-01T00:00:09.000Z',
        service: 'bridge',
        callId: 'f'.repeat(32),
        msg: 'another call',
      }),
      json({ event: 'call-record', callId: CALL_ID, room: ROOM, at: { endMs: 1767225605000 } }),
      'not JSON, but it names ' + CALL_ID,
    ].join('\n'),
  },
  {
    name: 'livekit-server',
    text: json({
      level: 'INFO',
      ts: 1767225601.5,
      msg: 'starting RTC session',
      room: ROOM,
      participant: 'sip_+12025550187',
    }),
  },
  {
    name: 'sip-edge',
    text: json({
      level: 'warn',
      time: '2026-01-01T00:00:00.500Z',
      service: 'sip-edge',
      sipCallId: SIP_CALL_ID,
      msg: 'late',
    }),
  },
];

describe('the log of one call', () => {
  it.each([
    ['id', CALL_ID],
    ['room', ROOM],
    ['SIP Call-ID', SIP_CALL_ID],
  ])('is joined over all processes in order of time, by its %s', (_, wanted) => {
    const lines = joinLogs(FILES, wanted);
    expect(lines.map(({ service, message }) => `${service}: ${message}`)).toEqual([
      'bridge: call came in',
      'sip-edge: late',
      'livekit-server: starting RTC session',
      'bridge: call record',
    ]);
  });

  it('is text with time, process, level and what else there is', () => {
    const [first] = printLines(joinLogs(FILES, CALL_ID)).split('\n');
    expect(first).toBe(
      '00:00:00.000  bridge          info   call came in  callerNumber=[redacted]',
    );
  });

  it('has no number of a caller in it, whoever wrote it', () => {
    const text = printLines(joinLogs(FILES, CALL_ID));
    expect(text).toContain('participant=sip_+…');
    expect(text).not.toContain('2025550187');
  });

  it('is empty for a call nobody knows', () => {
    expect(joinLogs(FILES, 'nonsense')).toEqual([]);
  });
});

describe('a call that is not found', () => {
  it('is answered with those that there are', () => {
    const known = {
      callId: CALL_ID,
      room: ROOM,
      sipCallId: undefined,
      startMs: 0,
      result: 'caller-hangup',
    };
    expect(callList('trace', [known])).toBe(
      'The last calls, by id, room or SIP Call-ID (make trace CALL=<one>):\n' +
        `  1970-01-01T00:00:00.000Z  ${CALL_ID}  caller-hangup  ${ROOM}`,
    );
    expect(callList('logs', [])).toContain('There are no calls yet');
  });
});

const folders: string[] = [];
afterEach(() => folders.splice(0).forEach((folder) => rmSync(folder, { recursive: true })));

it('the latest run is looked at first, runs without such a file not at all', () => {
  const folder = mkdtempSync(join(tmpdir(), 'patchbay-runs-'));
  folders.push(folder);
  for (const [run, file, atS] of [
    ['demo', 'traces.jsonl', 100],
    ['dev', 'traces.jsonl', 200],
    ['soak', 'bridge.log', 300],
  ] as const) {
    mkdirSync(join(folder, run));
    writeFileSync(join(folder, run, file), '');
    utimesSync(join(folder, run, file), atS, atS);
  }
  const runs = runsWith((file) => file === 'traces.jsonl', folder);
  expect(runs).toEqual([join(folder, 'dev'), join(folder, 'demo')]);
  expect(runsWith(() => true, join(folder, 'none'))).toEqual([]);
});
