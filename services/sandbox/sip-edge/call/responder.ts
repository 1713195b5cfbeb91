/** An application's responses: completed, sent, echoed, and what follows from them. */
import { AcceptedAnswer } from '../../sip/accepted-answer.ts';
import { createResponse } from '../../sip/build.ts';
import { isReliable, type Flow } from '../../sip/flow.ts';
import { tagOf } from '../../sip/headers.ts';
import { field, header, type SipRequest, type SipResponse } from '../../sip/message.ts';
import type { App, SipFrame } from '../app/server.ts';
import { appHeaders, BAD_ID, farMeta, guessContentType, ownContact } from './compose.ts';
import type { CallContext } from './context.ts';
import { Dialog, sequenceOf } from './dialog.ts';
import type { Pending, PendingRequests } from './pending.ts';
import { wantsReliability } from './reliable.ts';
import type { SessionTimers } from './session-timers.ts';

const WITH_CONTACT = new Set(['INVITE', 'SUBSCRIBE', 'UPDATE', 'REFER']);
const LATE = 'Response not sent due to unknown transaction';

export class Responder {
  readonly #context: CallContext;
  readonly #pending: PendingRequests;
  readonly #sessions: SessionTimers;
  readonly #hangUp: (dialog: Dialog, reason: string) => void;

  /** @param hangUp sends BYE of the edge's own accord and tells the application */
  constructor(
    context: CallContext,
    pending: PendingRequests,
    sessions: SessionTimers,
    hangUp: (dialog: Dialog, reason: string) => void,
  ) {
    this.#context = context;
    this.#pending = pending;
    this.#sessions = sessions;
    this.#hangUp = hangUp;
  }

  onAppResponse(app: App, frame: Extract<SipFrame, { type: 'respond' }>): void {
    const nok = (reason: string) => app.send({ type: 'nok', to: frame.id, reason });
    const pending = this.#pending.get(frame.transactionId);
    if (pending?.app !== app || !pending.transaction.answerable) return nok(LATE);
    const typed = guessContentType(frame.message);
    if (!typed) return nok('missing content-type');
    const response = this.#compose(pending, frame.message);
    response.headers.push(...typed);
    const reliably = wantsReliability(pending.request, response);
    if (reliably && pending.reliable.waiting) {
      return nok('the last reliable response has no PRACK yet');
    }
    if (reliably) pending.reliable.number(response);
    const data = pending.transaction.respond(response);
    if (!data) return nok(LATE);
    if (reliably) this.#awaitPrack(pending, data);
    this.#follow(pending, response, data);
    const { dialog, request } = pending;
    // In this turn still, so that the application reads it before the ACK that it causes.
    app.send({
      type: 'sent-response',
      to: frame.id,
      meta: farMeta('application', pending.flow, data.length),
      transactionId: pending.id,
      dialogId: dialog && request.method !== 'BYE' ? dialog.id : '',
      message: response,
    });
  }

  #compose(pending: Pending, draft: SipResponse): SipResponse {
    const { endpoint } = this.#context;
    const { request } = pending;
    const ofApp = tagOf(header(draft, 'to') ?? '');
    // Only the first response may choose the tag.
    if (ofApp !== undefined && !pending.dialog && !BAD_ID.test(ofApp)) pending.toTag = ofApp;
    const headers = appHeaders(draft, endpoint, ['call-id', 'cseq', 'from', 'to']);
    const accepted = draft.status >= 200 && draft.status < 300;
    const hasContact = headers.some(({ key }) => key === 'contact');
    if (accepted && WITH_CONTACT.has(request.method) && !hasContact) {
      headers.unshift(field('Contact', ownContact(endpoint, pending.flow)));
    }
    return createResponse(request, draft.status, {
      reason: draft.reason,
      toTag: pending.toTag,
      headers,
      body: draft.body,
    });
  }

  /** Dialogs begin, are confirmed and end by responses (RFC 3261 §12.1, §12.3). */
  #follow(pending: Pending, response: SipResponse, data: Buffer): void {
    const { request, flow } = pending;
    const { dialogs } = this.#context;
    const { status } = response;
    const invite = request.method === 'INVITE';
    if (invite && status > 100) clearTimeout(pending.patience);
    const begins = invite ? status > 100 && status < 300 : isSubscribed(request, status);
    if (begins && !pending.dialog) {
      pending.dialog = Dialog.ofUas(pending.app, request, response, flow);
      pending.dialog.firstInvite = { sequence: sequenceOf(request), transactionId: pending.id };
      dialogs.add(pending.dialog);
    }
    if (status < 200) return;
    this.#pending.forget(pending);
    const { dialog } = pending;
    if (!dialog) return;
    if (status < 300) dialog.said(response);
    if (status < 300 && dialog.state === 'early') {
      dialog.state = 'confirmed';
      if (invite) this.#sessions.answered(dialog, request, response);
    }
    if (status >= 300 && dialog.state === 'early' && invite) dialogs.remove(dialog);
    if (status < 300 && invite) this.#awaitAck(dialog, sequenceOf(request), flow, data);
  }

  #awaitAck(dialog: Dialog, sequence: number, flow: Flow, data: Buffer): void {
    const accepted = new AcceptedAnswer({
      reliable: isReliable(flow.protocol),
      timers: this.#context.endpoint.timers,
      resend: () => flow.send(data),
      onNoAck: () => {
        dialog.settle(sequence);
        if (dialog.state === 'confirmed') {
          this.#hangUp(dialog, 'SIP ;cause=200 ;text="ACK timeout"');
        }
      },
    });
    dialog.unacknowledged.set(sequence, accepted);
  }

  #awaitPrack(pending: Pending, data: Buffer): void {
    pending.reliable.sent(
      () => pending.flow.send(data),
      () => this.#pending.refuse(pending, 504),
    );
  }
}

function isSubscribed(request: SipRequest, status: number): boolean {
  return request.method === 'SUBSCRIBE' && status >= 200 && status < 300;
}
