/** The answering side: requests from the network to an application, its responses back. */
import { randomUUID } from 'node:crypto';
import type { ResponseOptions } from '../../sip/build.ts';
import type { Incoming } from '../../sip/endpoint.ts';
import type { Flow } from '../../sip/flow.ts';
import { tagOf } from '../../sip/headers.ts';
import { field, header, type SipRequest } from '../../sip/message.ts';
import type { App } from '../app/server.ts';
import { BAD_ID, farMeta } from './compose.ts';
import type { CallContext } from './context.ts';
import { contactUri, endsSubscription, sequenceOf, type Dialog } from './dialog.ts';
import { NEW_REQUEST_METHODS } from './new-request.ts';
import { answer, type PendingRequests } from './pending.ts';
import { MIN_SESSION_SECONDS, type SessionTimers } from './session-timers.ts';

export class Uas {
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

  onRequest(incoming: Incoming): void {
    const { request } = incoming;
    const fault = findFault(request);
    if (fault) return answer(incoming, ...fault);
    if (request.method === 'CANCEL') return this.#onCancel(incoming);
    if (tagOf(header(request, 'to') ?? '') !== undefined) return this.#onRequestInDialog(incoming);
    if (!NEW_REQUEST_METHODS.has(request.method)) return answer(incoming, 501);
    if (request.method === 'INVITE') answer(incoming, 100);
    const app = this.#context.pick(request.method);
    if (!app) return answer(incoming, 503);
    this.#handUp(incoming, app, undefined);
  }

  /** The ACK of a 2xx of ours. Copies of it find nothing to do. */
  onAck(ack: SipRequest, flow: Flow, bytes: number): void {
    const dialog = this.#context.dialogs.of(ack);
    const sequence = sequenceOf(ack);
    if (!dialog?.unacknowledged.has(sequence)) return;
    const first = dialog.firstInvite;
    dialog.app.send({
      type: 'sip',
      meta: farMeta('network', flow, bytes),
      transactionId: first?.sequence === sequence ? first.transactionId : randomUUID(),
      dialogId: dialog.id,
      message: ack,
    });
    dialog.settle(sequence);
  }

  /** Its callers hear 503 at once instead of silence. */
  onAppGone(app: App): void {
    for (const pending of this.#pending.all()) {
      if (pending.app !== app) continue;
      this.#pending.refuse(pending, pending.request.method === 'BYE' ? 200 : 503);
    }
  }

  close(): void {
    for (const pending of this.#pending.all()) this.#pending.refuse(pending, 503);
  }

  #onRequestInDialog(incoming: Incoming): void {
    const { request, flow } = incoming;
    const { method } = request;
    const dialog = this.#context.dialogs.of(request);
    if (!dialog) return answer(incoming, 481);
    if (dialog.state === 'ended') return answer(incoming, method === 'BYE' ? 200 : 481);
    const sequence = sequenceOf(request);
    if (sequence < dialog.remoteSequence) return answer(incoming, 500);
    dialog.remoteSequence = sequence;
    dialog.flow = flow;
    switch (method) {
      case 'INVITE': {
        answer(incoming, 100);
        if (dialog.invitePending) return answer(incoming, 491);
        if (this.#pending.inviteIn(dialog)) {
          const headers = [field('Retry-After', '3')];
          return answer(incoming, 500, { headers });
        }
        if (!this.#sessions.asked(dialog, request)) return tooSmall(incoming);
        dialog.refreshTarget(request);
        break;
      }
      case 'UPDATE':
        if (!this.#sessions.asked(dialog, request)) return tooSmall(incoming);
        dialog.refreshTarget(request);
        break;
      case 'PRACK': {
        const invite = this.#pending.inviteIn(dialog);
        if (!invite?.reliable.acknowledge(request)) return answer(incoming, 481);
        break;
      }
      case 'BYE': {
        const invite = this.#pending.inviteIn(dialog);
        this.#context.dialogs.remove(dialog);
        if (invite) this.#pending.refuse(invite, 487);
        break;
      }
      case 'NOTIFY':
        if (dialog.kind === 'subscription' && endsSubscription(request)) {
          this.#context.dialogs.remove(dialog);
        }
        break;
    }
    this.#handUp(incoming, dialog.app, dialog);
  }

  #onCancel(incoming: Incoming): void {
    const { request, flow, bytes } = incoming;
    const invite = this.#context.endpoint.inviteOf(request);
    if (!invite) return answer(incoming, 481);
    const pending = this.#pending.ofTransaction(invite);
    if (pending && invite.answerable) {
      answer(incoming, 200, { toTag: pending.toTag });
      this.#pending.refuse(pending, 487);
      return pending.app.send({
        type: 'sip',
        meta: farMeta('network', flow, bytes),
        transactionId: pending.id,
        dialogId: pending.dialog?.id ?? '',
        message: request,
      });
    }
    // Answered already: a refusal stands, a call that is not acknowledged yet is ended.
    const dialog = this.#context.dialogs.ofCall(header(request, 'call-id') ?? '');
    if (invite.state !== 'accepted') return answer(incoming, 200);
    answer(incoming, 481);
    if (dialog?.unacknowledged.has(sequenceOf(request)) && dialog.state === 'confirmed') {
      this.#hangUp(dialog, 'SIP ;cause=487 ;text="cancelled after the answer"');
    }
  }

  #handUp(incoming: Incoming, app: App, dialog: Dialog | undefined): void {
    const { request, flow, bytes } = incoming;
    app.send({
      type: 'sip',
      meta: farMeta('network', flow, bytes),
      transactionId: this.#pending.add(incoming, app, dialog).id,
      dialogId: dialog?.id ?? '',
      ...(dialog ? {} : { receivedOn: { host: flow.localAddress, port: flow.localPort } }),
      message: request,
    });
  }
}

/** RFC 4028 §9. */
function tooSmall(incoming: Incoming): void {
  answer(incoming, 422, { headers: [field('Min-SE', String(MIN_SESSION_SECONDS))] });
}

/** What no application can be asked, and the answer to it. */
function findFault(request: SipRequest): [number, ResponseOptions] | undefined {
  const bad = (what: string): [number, ResponseOptions] => [
    400,
    { reason: `Bad Request (${what})` },
  ];
  const fromTag = tagOf(header(request, 'from') ?? '');
  if (BAD_ID.test(header(request, 'call-id') ?? '')) return bad('Call-ID');
  if (fromTag === undefined || BAD_ID.test(fromTag)) return bad('From tag');
  if (!/^(sips?|tel):/i.test(request.uri)) return [416, {}];
  if (request.method === 'INVITE' && contactUri(request) === undefined) {
    return bad('Contact');
  }
  return undefined;
}
