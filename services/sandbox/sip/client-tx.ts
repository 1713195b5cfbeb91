/**
 * Client transactions: a request on its way until it has a final response, RFC 3261 §17.1 with the
 * Accepted state of RFC 6026 §8.4. UDP requests are sent again until something comes back.
 */
import { createCancel, createRefusalAck } from './build.ts';
import { serialize, type SipRequest, type SipResponse } from './message.ts';
import { Backoff, giveUpMs, type SipTimers } from './timers.ts';

export type ClientState =
  | 'calling' // nothing heard yet (INVITE); `trying` of other methods is the same state
  | 'proceeding' // a provisional response came
  | 'accepted' // INVITE only: a 2xx came, further copies of it are handed up
  | 'completed' // a final response came, late copies are absorbed
  | 'terminated';

export interface ClientTransactionOptions {
  /** Complete, with the top Via that holds this transaction's branch. */
  request: SipRequest;
  /** TCP: nothing is sent twice. */
  reliable: boolean;
  timers: SipTimers;
  /** Put bytes on the wire; report failure through `onError`. */
  send(data: Buffer, onError: (error: Error) => void): void;
  /**
   * A response for the user. Provisional ones each time; final ones once. A 2xx to INVITE comes
   * again with `again` for each copy or fork: send the ACK again. The ACK of a refusal is sent here.
   */
  onResponse(response: SipResponse, again: boolean): void;
  /** No final response in 64·T1 (timers B and F). Behave as if a 408 had come. */
  onTimeout(): void;
  /** The request could not be sent. Behave as if a 503 had come (RFC 3261 §8.1.3.1). */
  onTransportError(error: Error): void;
  /** Nothing more will come; forget the transaction. Called exactly once. */
  onTerminated(): void;
}

export class ClientTransaction {
  readonly request: SipRequest;
  readonly #options: ClientTransactionOptions;
  readonly #invite: boolean;
  readonly #data: Buffer;
  #state: ClientState = 'calling';
  #resend: Backoff | undefined;
  #deadline: NodeJS.Timeout | undefined;
  #ack: Buffer | undefined;

  /**
   * Sends the request at once.
   * @throws {Error} if the request can't be serialized
   */
  constructor(options: ClientTransactionOptions) {
    this.#options = options;
    this.request = options.request;
    this.#invite = options.request.method === 'INVITE';
    this.#data = serialize(options.request);
    const { timers } = options;
    if (!options.reliable) {
      // Timer A doubles without limit, timer E up to T2 (§17.1.1.2, §17.1.2.2).
      const maxPauseMs = this.#invite ? giveUpMs(timers) : timers.t2Ms;
      this.#resend = new Backoff(timers.t1Ms, maxPauseMs, () => this.#transmit(this.#data));
    }
    this.#deadline = setTimeout(() => this.#onDeadline(), giveUpMs(timers));
    this.#transmit(this.#data);
  }

  get state(): ClientState {
    return this.#state;
  }

  /** Size of the request on the wire. */
  get bytes(): number {
    return this.#data.length;
  }

  /** A response whose branch and method are this transaction's. */
  receive(response: SipResponse): void {
    switch (this.#state) {
      case 'calling':
      case 'proceeding':
        if (response.status < 200) this.#onProvisional(response);
        else this.#onFinal(response);
        return;
      case 'accepted':
        if (response.status >= 200 && response.status < 300) {
          this.#options.onResponse(response, true);
        }
        return;
      case 'completed':
        // The far end has not heard our ACK (§17.1.1.2).
        if (this.#ack && response.status >= 300) this.#transmit(this.#ack);
        return;
      case 'terminated':
        return;
    }
  }

  /** The CANCEL of this INVITE, to be sent as a transaction of its own on the same flow. */
  createCancel(): SipRequest {
    return createCancel(this.request);
  }

  /** Forget everything now, without a word to the user but `onTerminated`. */
  terminate(): void {
    if (this.#state === 'terminated') return;
    this.#state = 'terminated';
    this.#resend?.stop();
    clearTimeout(this.#deadline);
    this.#options.onTerminated();
  }

  #onProvisional(response: SipResponse): void {
    this.#state = 'proceeding';
    if (this.#invite) {
      this.#resend?.stop();
      clearTimeout(this.#deadline); // it may ring for as long as it likes
    } else this.#resend?.slowDown();
    this.#options.onResponse(response, false);
  }

  #onFinal(response: SipResponse): void {
    const { timers, reliable } = this.#options;
    this.#resend?.stop();
    clearTimeout(this.#deadline);
    if (!this.#invite) {
      this.#finishAfter('completed', reliable ? 0 : timers.t4Ms); // timer K
    } else if (response.status < 300) {
      this.#finishAfter('accepted', giveUpMs(timers)); // timer M
    } else {
      this.#ack = serialize(createRefusalAck(this.request, response));
      this.#transmit(this.#ack);
      this.#finishAfter('completed', reliable ? 0 : giveUpMs(timers)); // timer D
    }
    this.#options.onResponse(response, false);
  }

  #finishAfter(state: 'accepted' | 'completed', ms: number): void {
    this.#state = state;
    this.#deadline = setTimeout(() => this.terminate(), ms);
  }

  #onDeadline(): void {
    this.#options.onTimeout();
    this.terminate();
  }

  #transmit(data: Buffer): void {
    this.#options.send(data, (error) => {
      if (this.#state !== 'calling' && this.#state !== 'proceeding') return;
      // A caller may end the transaction while being told, so it is told first.
      this.#options.onTransportError(error);
      this.terminate();
    });
  }
}
