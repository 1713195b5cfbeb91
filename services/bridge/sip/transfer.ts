import type Srf from 'drachtio-srf';
import { parseSipFragment, type TransferRequest, type TransferResult } from './refer.ts';

/** The final response to a REFER comes at once or, from a dead peer, never. */
const REFER_WAIT_MS = 8_000;
const TIMED_OUT: TransferResult = { status: 408, reason: 'nothing was heard of the transfer' };

/**
 * One REFER and what becomes of it (RFC 3515, RFC 5589 §6): accepted, then NOTIFYs until a final
 * status. A far end that hangs up after it accepted has taken the caller along.
 */
export class Transfer {
  readonly #dialog: Srf.Dialog;
  readonly #result = Promise.withResolvers<TransferResult>();
  #timer: NodeJS.Timeout | undefined;
  #accepted = false;
  #over = false;
  #succeeded = false;

  constructor(dialog: Srf.Dialog) {
    this.#dialog = dialog;
  }

  get over(): boolean {
    return this.#over;
  }

  /** Ask for it. Never rejects. */
  start({ target, headers, limitMs }: TransferRequest): Promise<TransferResult> {
    this.#timer = setTimeout(() => this.#end(TIMED_OUT), Math.min(REFER_WAIT_MS, limitMs));
    const request = { method: 'REFER', headers: { ...headers, 'Refer-To': `<${target}>` } };
    // The typings want a whole request; the library takes what is given here.
    const options = request as unknown as Srf.SrfRequest;
    this.#dialog.request(
      options,
      (error: unknown, response: { status?: number; reason?: string } | undefined) => {
        const status = response?.status ?? 500;
        if (error) this.#end({ status: 500, reason: 'the REFER could not be sent' });
        else if (status >= 300) this.#end({ status, reason: response?.reason ?? '' });
        else if (!this.#over) this.#accept(limitMs);
      },
    );
    return this.#result.promise;
  }

  /** A NOTIFY of the dialog. @returns true if it was about this transfer */
  notified(body: string, subscriptionState: string): boolean {
    const heard = parseSipFragment(body);
    if (heard && heard.status >= 200) this.#end(heard);
    else if (/^\s*terminated/i.test(subscriptionState)) this.#end(TIMED_OUT);
    return heard !== undefined;
  }

  /** The far end hung up. @returns true if it did so because of this transfer */
  hungUp(): boolean {
    if (this.#over) return this.#succeeded;
    this.#end(
      this.#accepted
        ? { status: 200, reason: 'the far end hung up after it accepted' }
        : { status: 487, reason: 'the far end hung up' },
    );
    return this.#succeeded;
  }

  /** The call is over for another reason. */
  cancel(): void {
    this.#end({ status: 487, reason: 'the call ended' });
  }

  #accept(limitMs: number): void {
    this.#accepted = true;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#end(TIMED_OUT), limitMs);
  }

  #end(result: TransferResult): void {
    if (this.#over) return;
    this.#over = true;
    this.#succeeded = result.status >= 200 && result.status < 300;
    clearTimeout(this.#timer);
    this.#result.resolve(result);
  }
}
