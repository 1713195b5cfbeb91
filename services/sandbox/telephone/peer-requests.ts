import { AcceptedAnswer } from '../sip/accepted-answer.ts';
import { createResponse } from '../sip/build.ts';
import type { Incoming } from '../sip/endpoint.ts';
import { field, header, serialize, type SipRequest } from '../sip/message.ts';
import { isReliable } from '../sip/flow.ts';
import { parseCSeq } from '../sip/headers.ts';
import type { SipTimers } from '../sip/timers.ts';
import { ALLOW, type Dialog } from './dialog.ts';
import { toPhoneError } from './phone-error.ts';
import type { Session } from './session.ts';

export interface PeerRequestsOptions {
  dialog: Dialog;
  session: Session;
  timers: SipTimers;
  /** Value of our Contact. */
  contact: string;
  onBye: () => void;
  /** Asked to call somebody else (RFC 3515); REFER is not known without it. */
  onRefer?: (target: string) => void;
  /** Our answer to a re-INVITE was never acknowledged. */
  onNoAck: () => void;
}

/** Answers what the peer asks within a call: BYE, re-INVITE and UPDATE, OPTIONS, INFO. */
export class PeerRequests {
  readonly #options: PeerRequestsOptions;
  #accepted: { answer: AcceptedAnswer; sequence: number; offered: boolean } | undefined;

  constructor(options: PeerRequestsOptions) {
    this.#options = options;
  }

  onRequest(incoming: Incoming): void {
    const { request, transaction } = incoming;
    const answer = (status: number) => void transaction.respond(createResponse(request, status));
    if (!this.#options.dialog.accept(request)) return answer(500);
    switch (request.method) {
      case 'BYE':
        answer(200);
        return this.#options.onBye();
      case 'INVITE':
        return this.#onInvite(incoming);
      case 'UPDATE':
        return this.#onUpdate(incoming);
      case 'OPTIONS':
      case 'INFO':
        return void transaction.respond(createResponse(request, 200, { headers: [ALLOW] }));
      case 'REFER':
        return this.#onRefer(incoming);
      default:
        transaction.respond(createResponse(request, 405, { headers: [ALLOW] }));
    }
  }

  onAck(ack: SipRequest): void {
    const accepted = this.#accepted;
    if (!accepted || parseCSeq(header(ack, 'cseq') ?? '')?.sequence !== accepted.sequence) return;
    accepted.answer.stop();
    this.#accepted = undefined;
    if (!accepted.offered || ack.body.length === 0) return;
    try {
      this.#options.session.takeAnswer(ack.body.toString());
    } catch {
      this.#options.onNoAck(); // an answer that can't be used ends the call, as without one
    }
  }

  close(): void {
    this.#accepted?.answer.stop();
    this.#accepted = undefined;
  }

  #onInvite(incoming: Incoming): void {
    const { request, transaction, flow } = incoming;
    // §14.2: one at a time.
    if (this.#accepted) return void transaction.respond(createResponse(request, 491));
    const offered = request.body.length === 0;
    const sdp = this.#negotiate(incoming, offered);
    if (sdp === undefined) return;
    const response = this.#ok(request, sdp);
    transaction.respond(response);
    const data = serialize(response);
    const answer = new AcceptedAnswer({
      reliable: isReliable(flow.protocol),
      timers: this.#options.timers,
      resend: () => flow.send(data),
      onNoAck: () => this.#options.onNoAck(),
    });
    const sequence = parseCSeq(header(request, 'cseq') ?? '')?.sequence ?? 0;
    this.#accepted = { answer, sequence, offered };
  }

  #onRefer({ request, transaction }: Incoming): void {
    const { onRefer, contact } = this.#options;
    if (!onRefer)
      return void transaction.respond(createResponse(request, 405, { headers: [ALLOW] }));
    transaction.respond(createResponse(request, 202, { headers: [field('Contact', contact)] }));
    onRefer((header(request, 'refer-to') ?? '').replace(/^.*<|>.*$/g, ''));
  }

  #onUpdate(incoming: Incoming): void {
    const { request, transaction } = incoming;
    if (request.body.length === 0) {
      this.#options.dialog.refreshTarget(request);
      transaction.respond(this.#ok(request));
      return;
    }
    const sdp = this.#negotiate(incoming, false);
    if (sdp !== undefined) transaction.respond(this.#ok(request, sdp));
  }

  /** @returns our side of the description, or undefined if the request was refused with 488 */
  #negotiate({ request, transaction }: Incoming, weOffer: boolean): string | undefined {
    const { session, dialog } = this.#options;
    try {
      const sdp = weOffer ? session.offer() : session.takeOffer(request.body.toString());
      dialog.refreshTarget(request);
      return sdp;
    } catch (error) {
      const warning = field(
        'Warning',
        `399 telephone "${toPhoneError(error).message.replaceAll('"', "'")}"`,
      );
      transaction.respond(createResponse(request, 488, { headers: [warning] }));
      return undefined;
    }
  }

  #ok(request: SipRequest, sdp?: string) {
    const headers = [field('Contact', this.#options.contact), ALLOW];
    if (sdp === undefined) return createResponse(request, 200, { headers });
    return createResponse(request, 200, {
      headers: [...headers, field('Content-Type', 'application/sdp')],
      body: Buffer.from(sdp),
    });
  }
}
