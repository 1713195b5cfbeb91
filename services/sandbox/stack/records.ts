import { callRecordSchema, type CallRecord } from '@patchbay/common/call-record';
import { logLine } from './services.ts';

/** The call record, unchecked, in a line that a service printed; undefined if it holds none. */
export function recordIn(line: string): Record<string, unknown> | undefined {
  const value = logLine(line);
  return value?.['event'] === 'call-record' ? value : undefined;
}

/** Collects the call records that the doors write to their stdout, and lets others wait for one. */
export class CallRecords {
  readonly all: CallRecord[] = [];
  readonly #waiting = new Set<() => void>();

  /** Look at a line that a service printed. */
  offer(line: string): void {
    const record = recordIn(line);
    if (!record) return;
    this.all.push(callRecordSchema.parse(record));
    for (const wake of this.#waiting) wake();
  }

  /**
   * The first record that fits, now or later.
   * @throws Error when none came in time
   */
  async next(fits: (record: CallRecord) => boolean, timeoutMs: number): Promise<CallRecord> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const found = this.all.find(fits);
      if (found) return found;
      const leftMs = deadline - Date.now();
      if (leftMs <= 0) throw new Error(`no such call record within ${timeoutMs / 1000} s`);
      await this.#change(leftMs);
    }
  }

  #change(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, timeoutMs);
      this.#waiting.add(wake);
    });
  }
}
