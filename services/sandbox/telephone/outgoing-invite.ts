import type { Logger } from '@patchbay/common/logger';
import type { ClientTransaction } from '../sip/client-tx.ts';
import type { SipEndpoint } from '../sip/endpoint.ts';
import type { Flow } from '../sip/flow.ts';
import { tagOf } from '../sip/headers.ts';
import { header, type SipRequest, type SipResponse } from '../sip/message.ts';
import { giveUpMs } from '../sip/timers.ts';
import { Dialog, type Hop } from './dialog.ts';

export interface OutgoingInviteOptions {
  endpoint: SipEndpoint;
  log: Logger;
  request: SipRequest;
  /** Where the INVITE goes. */
  hop: Hop;
  /** Our answer to the offer in the 2xx, where the INVITE had none. @throws if it can't be used */
  answer?: (offer: string) => string;
  /** Any 1xx. */
  onProvisional: (response: SipResponse) => void;
  /** The first 2xx; its ACK is sent. Not called once {@link OutgoingInvite.cancel} was. */
  onAccepted: (dialog: Dialog, response: SipResponse) => void;
  /** The INVITE has failed or was cancelled; 408 and 503 also stand for silence and no connection. */
  onRefused: (status: number, reason: string) => void;
}

/**
 * An INVITE on its way, RFC 3261 §13.2: acknowledges each 2xx again when its copy comes, ends what
 * other forks answer, cancels as soon as that is allowed, ends an answer that crosses the CANCEL.
 */
export class OutgoingInvite {
  readonly #options: OutgoingInviteOptions;
  readonly #flow: Flow;
  readonly #transaction: ClientTransaction;
  readonly #acks: { tag: string | undefined; data: Buffer; flow: Flow }[] = [];
  #state: 'calling' | 'proceeding' | 'accepted' | 'over' = 'calling';
  #cancelling = false;
  #cancelTimer: NodeJS.Timeout | undefined;

  /** Sends the INVITE. */
  constructor(options: OutgoingInviteOptions) {
    this.#options = options;
    const { endpoint, request, hop } = options;
    this.#flow = endpoint.flowTo(hop.protocol, hop.host, hop.port);
    this.#transaction = endpoint.request(request, this.#flow, {
      onResponse: (response) => this.#onResponse(response),
      onFailure: (status, why) => this.#onRefused(status, why),
    });
  }

  /** §9.1: CANCEL goes out after the first provisional response, not before. */
  cancel(): void {
    if (this.#cancelling) return;
    this.#cancelling = true;
    if (this.#state === 'proceeding') this.#sendCancel();
  }

  /** Forget it without a word. */
  abandon(): void {
    this.#state = 'over';
    clearTimeout(this.#cancelTimer);
    this.#transaction.terminate();
  }

  #onResponse(response: SipResponse): void {
    if (response.status >= 300) return this.#onRefused(response.status, response.reason);
    if (response.status >= 200) return this.#onAccepted(response);
    if (this.#state === 'over') return;
    const first = this.#state === 'calling';
    this.#state = 'proceeding';
    this.#options.onProvisional(response);
    if (this.#cancelling && first) this.#sendCancel();
  }

  #onAccepted(response: SipResponse): void {
    const tag = tagOf(header(response, 'to') ?? '');
    const known = this.#acks.find((ack) => ack.tag === tag);
    if (known) return known.flow.send(known.data); // our ACK was lost
    const { endpoint, log, request, hop } = this.#options;
    const dialog = new Dialog(request, response, hop);
    const flow = flowOf(endpoint, dialog);
    const ack = dialog.ack(this.#answer(response));
    this.#acks.push({ tag, data: endpoint.sendAck(ack, flow), flow });
    const wanted = this.#state === 'calling' || this.#state === 'proceeding';
    if (wanted && !this.#cancelling) {
      this.#state = 'accepted';
      return this.#options.onAccepted(dialog, response);
    }
    // Another fork, or an answer after we gave up: taken and ended (§13.2.2.4).
    void sendBye(endpoint, dialog, log);
    if (wanted) this.#onRefused(response.status, 'answered while being cancelled');
  }

  #answer(response: SipResponse): string {
    try {
      return this.#options.answer?.(response.body.toString()) ?? '';
    } catch {
      // Whoever takes the answer finds the same fault, and hangs up.
      return '';
    }
  }

  #onRefused(status: number, reason: string): void {
    if (this.#state === 'over' || this.#state === 'accepted') return;
    this.#state = 'over';
    clearTimeout(this.#cancelTimer);
    this.#options.onRefused(status, reason);
  }

  #sendCancel(): void {
    const { endpoint } = this.#options;
    const giveUp = () => {
      this.#onRefused(408, 'no answer to CANCEL');
      this.#transaction.terminate();
    };
    this.#cancelTimer = setTimeout(giveUp, giveUpMs(endpoint.timers));
    endpoint.request(this.#transaction.createCancel(), this.#flow, {
      onResponse: () => undefined, // the INVITE's own answer decides
      onFailure: giveUp,
    });
  }
}

/** The way to the peer of a dialog. */
export function flowOf(endpoint: SipEndpoint, dialog: Dialog): Flow {
  const { protocol, host, port } = dialog.nextHop();
  return endpoint.flowTo(protocol, host, port);
}

/** Resolves when the peer has confirmed, or has not answered in time. */
export function sendBye(endpoint: SipEndpoint, dialog: Dialog, log: Logger): Promise<void> {
  return new Promise((resolve) => {
    endpoint.request(dialog.request('BYE'), flowOf(endpoint, dialog), {
      onResponse: (response) => {
        if (response.status >= 200) resolve();
      },
      onFailure: (status, why) => {
        log.warn({ status, why }, 'BYE was not answered');
        resolve();
      },
    });
  });
}
