/** Provisional responses that must arrive, RFC 3262: sent again until their PRACK comes. */
import { randomInt } from 'node:crypto';
import { parseCSeq } from '../../sip/headers.ts';
import {
  field,
  header,
  headerList,
  type SipMessage,
  type SipRequest,
  type SipResponse,
} from '../../sip/message.ts';
import { Backoff, giveUpMs, type SipTimers } from '../../sip/timers.ts';

const OPTION = '100rel';

function lists(message: SipMessage, name: string): boolean {
  return headerList(message, name).some((option) => option.toLowerCase() === OPTION);
}

/** May, and should, this response be sent reliably? */
export function wantsReliability(invite: SipRequest, response: SipResponse): boolean {
  const known = lists(invite, 'supported') || lists(invite, 'require');
  return response.status > 100 && response.status < 200 && known && lists(response, 'require');
}

/** The reliable responses of one INVITE. At most one waits for its PRACK at a time. */
export class ReliableResponses {
  readonly #timers: SipTimers;
  readonly #sequence: number;
  #rseq = randomInt(1, 2 ** 30);
  #waiting: { resend: Backoff; deadline: NodeJS.Timeout } | undefined;

  constructor(invite: SipRequest, timers: SipTimers) {
    this.#timers = timers;
    this.#sequence = parseCSeq(header(invite, 'cseq') ?? '')?.sequence ?? 0;
  }

  get waiting(): boolean {
    return this.#waiting !== undefined;
  }

  /** Give the response its RSeq. */
  number(response: SipResponse): void {
    this.#rseq++;
    response.headers.push(field('RSeq', String(this.#rseq)));
  }

  /** The response was sent: repeat it, over TCP too (§3), until PRACK or 64·T1. */
  sent(resend: () => void, onNoPrack: () => void): void {
    this.#waiting = {
      resend: new Backoff(this.#timers.t1Ms, giveUpMs(this.#timers), resend),
      deadline: setTimeout(() => {
        this.stop();
        onNoPrack();
      }, giveUpMs(this.#timers)),
    };
  }

  /** @returns whether this PRACK is for the response that waits */
  acknowledge(prack: SipRequest): boolean {
    const [rseq, sequence, method] = (header(prack, 'rack') ?? '').trim().split(/\s+/);
    const right =
      this.#waiting !== undefined &&
      rseq === String(this.#rseq) &&
      sequence === String(this.#sequence) &&
      method === 'INVITE';
    if (right) this.stop();
    return right;
  }

  stop(): void {
    this.#waiting?.resend.stop();
    clearTimeout(this.#waiting?.deadline);
    this.#waiting = undefined;
  }
}
