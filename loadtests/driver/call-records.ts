import { callRecordSchema, type CallRecord } from '@patchbay/common/call-record';
import { remember } from '@patchbay/common/remember';

/** A record comes right after its call; one that has not come by then does not come. */
const RECORD_LIMIT_MS = 3_000;
const KEEP = 1_000;

/** Records that the doors wrote of calls of ours, by SIP Call-ID, as somebody hands them in. */
export class CallRecords {
  readonly #expected: boolean;
  readonly #records = new Map<string, CallRecord>();
  readonly #waiting = new Map<string, (record: CallRecord) => void>();

  /** @param expected whether anybody hands records in; if not, nobody waits for one */
  constructor(expected: boolean) {
    this.#expected = expected;
  }

  /** @returns false if it is no call record */
  offer(body: unknown): boolean {
    const record = callRecordSchema.safeParse(body);
    if (!record.success) return false;
    const sipCallId = record.data.sip?.callId;
    if (sipCallId === undefined) return true;
    remember(this.#records, sipCallId, record.data, KEEP);
    this.#waiting.get(sipCallId)?.(record.data);
    return true;
  }

  /** The record of a call, now or soon; undefined if none comes. */
  async of(sipCallId: string): Promise<CallRecord | undefined> {
    const known = this.#records.get(sipCallId);
    if (known || !this.#expected) return known;
    return new Promise((resolve) => {
      const settle = (record?: CallRecord) => {
        clearTimeout(timer);
        this.#waiting.delete(sipCallId);
        resolve(record);
      };
      const timer = setTimeout(settle, RECORD_LIMIT_MS);
      this.#waiting.set(sipCallId, settle);
    });
  }
}
