import { setTimeout as delay } from 'node:timers/promises';
import type { CallRecord } from './call-record.ts';
import { urlVariable } from './env-config.ts';
import type { Logger } from './logger.ts';
import { pause, reasonOf } from './retry.ts';

/** Variables of a process that writes call records. */
export const recordVariables = {
  /** Also send each call record there: one POST of JSON each. */
  CALL_RECORD_URL: urlVariable(['http', 'https']).optional(),
};

/** Where finished calls are written. Never throws, never waits. */
export type RecordSink = (record: CallRecord) => void;

export interface RecordWriter {
  write: RecordSink;
  /** Resolves when the last record has been sent or given up, at most after 5 s. */
  close(): Promise<void>;
}

export interface RecordWriterOptions {
  /** Where lines of JSON go: stdout. */
  line: (line: string) => void;
  /** Where each record is posted to as well. */
  url: string | undefined;
  log: Logger;
  /** Waits between attempts. Default 1 s, 5 s and 30 s. */
  retryMs?: readonly number[];
}

const RETRY_MS = [1_000, 5_000, 30_000];
const ANSWER_LIMIT_MS = 5_000;
/** Records that wait to be sent; later ones are only written as lines. */
const MOST_WAITING = 1_000;
const CLOSE_LIMIT_MS = 5_000;

/**
 * Writes call records as lines of JSON and, if told to, posts them. The line is the truth: what can't
 * be posted after some attempts is told in the log and left at that.
 */
export function createRecordWriter(options: RecordWriterOptions): RecordWriter {
  const { line, url, log, retryMs = RETRY_MS } = options;
  const waiting = new Set<Promise<void>>();
  const closing = new AbortController();

  const send = async (record: CallRecord, to: string): Promise<void> => {
    for (let attempt = 0; ; attempt++) {
      const problem = await post(to, record);
      if (problem === undefined) return;
      const pauseMs = retryMs[attempt];
      const { callId } = record;
      if (pauseMs === undefined || closing.signal.aborted) {
        log.error({ callId, problem }, 'a call record could not be sent on');
        return;
      }
      await pause(pauseMs, closing.signal);
    }
  };

  return {
    write: (record) => {
      line(`${JSON.stringify(record)}\n`);
      if (url === undefined) return;
      if (waiting.size >= MOST_WAITING) {
        log.error({ callId: record.callId }, 'a call record was not sent on: too many wait');
        return;
      }
      const sending = send(record, url).finally(() => waiting.delete(sending));
      waiting.add(sending);
    },
    close: async () => {
      closing.abort();
      await Promise.race([Promise.all(waiting), delay(CLOSE_LIMIT_MS, undefined, { ref: false })]);
    },
  };
}

/** @returns what went wrong, if anything did */
async function post(url: string, record: CallRecord): Promise<string | undefined> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(record),
      signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
    });
    await response.body?.cancel();
    return response.ok ? undefined : `answered with status ${response.status}`;
  } catch (error) {
    return reasonOf(error);
  }
}
