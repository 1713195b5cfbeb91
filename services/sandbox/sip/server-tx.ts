/**
 * Server transactions: a request that came, until its final response is safely across, RFC 3261
 * §17.2 with the Accepted state of RFC 6026 §8.7. Copies of the request are answered from here.
 */
import { serialize, type SipRequest, type SipResponse } from './message.ts';
import { Backoff, giveUpMs, type SipTimers } from './timers.ts';

export type ServerState =
  | 'proceeding' // no final response yet
  | 'accepted' // INVITE only: answered 2xx; the user resends it until the ACK comes
  | 'completed' // final response sent, kept for copies of the request
  | 'confirmed' // INVITE only: the ACK of a refusal came
  | 'terminated';

export interface ServerTransactionOptions {
  request: SipRequest;
  reliable: boolean;
  timers: SipTimers;
  send(data: Buffer, onError: (error: Error) => void): void;
  /** A refusal of an INVITE was never acknowledged (timer H). */
  onTimeout?(): void;
  /** A response could not be sent. The transaction goes on; the far end will ask again. */
  onTransportError?(error: Error): void;
  /** Nothing more will happen; forget the transaction. Called exactly once. */
  onTerminated(): void;
}

export class ServerTransaction {
  readonly request: SipRequest;
  readonly #options: ServerTransactionOptions;
  readonly #invite: boolean;
  #state: ServerState = 'proceeding';
  #last: Buffer | undefined;
  #resend: Backoff | undefined;
  #deadline: NodeJS.Timeout | undefined;

  constructor(options: ServerTransactionOptions) {
    this.#options = options;
    this.request = options.request;
    this.#invite = options.request.method === 'INVITE';
  }

  get state(): ServerState {
    return this.#state;
  }

  /** May a response still be sent? */
  get answerable(): boolean {
    return this.#state === 'proceeding';
  }

  /**
   * Send a response.
   * @returns its bytes, or undefined if a final response was sent before
   * @throws {Error} if it can't be serialized
   */
  respond(response: SipResponse): Buffer | undefined {
    if (this.#state !== 'proceeding') return undefined;
    const data = serialize(response);
    this.#last = data;
    this.#transmit();
    if (response.status >= 200) this.#onFinal(response.status);
    return data;
  }

  /** A copy of the request: say again what was said last. */
  receiveAgain(): void {
    if (this.#state === 'proceeding' || this.#state === 'completed') this.#transmit();
  }

  /** The ACK of a refusal, matched by branch; it goes no further. */
  receiveAck(): void {
    if (this.#state !== 'completed' || !this.#invite) return;
    this.#resend?.stop();
    this.#finishAfter('confirmed', this.#options.reliable ? 0 : this.#options.timers.t4Ms); // timer I
  }

  terminate(): void {
    if (this.#state === 'terminated') return;
    this.#state = 'terminated';
    this.#resend?.stop();
    clearTimeout(this.#deadline);
    this.#options.onTerminated();
  }

  #onFinal(status: number): void {
    const { timers, reliable } = this.#options;
    if (!this.#invite) {
      this.#finishAfter('completed', reliable ? 0 : giveUpMs(timers)); // timer J
    } else if (status < 300) {
      this.#finishAfter('accepted', giveUpMs(timers)); // timer L
    } else {
      if (!reliable) this.#resend = new Backoff(timers.t1Ms, timers.t2Ms, () => this.#transmit()); // G
      this.#state = 'completed';
      this.#deadline = setTimeout(() => {
        this.#options.onTimeout?.(); // timer H
        this.terminate();
      }, giveUpMs(timers));
    }
  }

  #finishAfter(state: 'accepted' | 'completed' | 'confirmed', ms: number): void {
    this.#state = state;
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(() => this.terminate(), ms);
  }

  #transmit(): void {
    if (!this.#last) return;
    this.#options.send(this.#last, (error) => this.#options.onTransportError?.(error));
  }
}
