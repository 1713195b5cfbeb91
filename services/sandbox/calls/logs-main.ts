import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { callRecordSchema } from '@patchbay/common/call-record';
import type { KnownCall } from '../collector/find-trace.ts';
import { callList } from './call-list.ts';
import { joinLogs, printLines, type LogFile } from './join-logs.ts';
import { runsWith } from './run-folders.ts';

/** `make logs CALL=<id>`: what all processes of the local stack said about a call, in order of time. */

const MOST_LISTED = 10;
const isLog = (file: string) => file.endsWith('.log');

const { positionals } = parseArgs({ allowPositionals: true });
const wanted = positionals[0]?.trim() ?? '';
const runs = runsWith(isLog);
const printed = wanted === '' ? undefined : latestLines();
if (printed) console.log(printed);
else {
  const why = wanted === '' ? 'Say which call: make logs CALL=<id>' : `No line names ${wanted}.`;
  const calls = runs
    .flatMap((run) => logFiles(run).flatMap(recordsIn))
    .sort((a, b) => b.startMs - a.startMs)
    .slice(0, MOST_LISTED);
  console.error(`${why}\n${callList('logs', calls)}`);
  process.exitCode = 1;
}

/** Of the latest run that knows the call; the logs of those before it are not read. */
function latestLines(): string | undefined {
  for (const run of runs) {
    const lines = printLines(joinLogs(logFiles(run), wanted));
    if (lines) return lines;
  }
  return undefined;
}

function logFiles(run: string): LogFile[] {
  return readdirSync(run)
    .filter(isLog)
    .map((file) => ({ name: basename(file, '.log'), text: readFileSync(join(run, file), 'utf8') }));
}

function recordsIn({ text }: LogFile): KnownCall[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('{') && line.includes('"call-record"'))
    .flatMap((line) => {
      const record = callRecordSchema.safeParse(JSON.parse(line));
      if (!record.success) return [];
      const { callId, room, sip, at, result } = record.data;
      return [{ callId, room, sipCallId: sip?.callId, startMs: at.startMs, result }];
    });
}
