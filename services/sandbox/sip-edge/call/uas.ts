/** The answering side: requests from the network to an application, its responses back. */
import { randomUUID } from 'node:crypto';
import type { Logger } from '@patchbay/common/logger';
import { AcceptedAnswer } from '../../sip/accepted-answer.ts';
import { createResponse, type ResponseOptions } from '../../sip/build.ts';
import type { Incoming, SipEndpoint } from '../../sip/endpoint.ts';
import type { Flow } from '../../sip/flow.ts';
import { tagOf } from '../../sip/headers.ts';
import { newTag } from '../../sip/ids.ts';
import { field, header, type SipRequest, type SipResponse } from '../../sip/message.ts';
import { giveUpMs } from '../../sip/timers.ts';
import type { SipFrame, App } from '../app/server.ts';
import { appHeaders, farMeta, guessContentType, ownContact } from './compose.ts';
import { Dialog, sequenceOf, type DialogTable } from './dialog.ts';
import { ReliableResponses, wantsReliability } from './reliable.ts';

export interface CallContext {
  endpoint: SipEndpoint;
  dialogs: DialogTable;
  log: Logger;
  /** The application whose turn it is for a method. */
  pick(method: string): App | undefined;
}

/** A request that an application has and has not finally answered. */
interface Pending extends Incoming {
  id: string;
  app: App;
  dialog: Dialog | undefined;
  /** Our tag, the same on every response (RFC 3261 §12.1.1). */
  toTag: string;
  reliable: ReliableResponses;
  /** Given up when it fires; stopped for an INVITE by its first response. */
  patience: NodeJS.Timeout;
}

/** Methods that begin something; others make sense only within a dialog. */
const OUTSIDE = new Set([
  'INVITE',
  'OPTIONS',
  'REGISTER',
  'MESSAGE',
  'INFO',
  'NOTIFY',
  'SUBSCRIBE',
  'PUBLISH',
  'REFER',
]);
const WITH_CONTACT = new Set(['INVITE', 'SUBSCRIBE', 'UPDATE', 'REFER']);
const LATE = 'Response not sent due to unknown transaction';
/** Would break the leader, in which ids stand between bars. */
const BAD_ID = /[|\s]/;

export class Uas {
  readonly #context: CallContext;
  readonly #pending = new Map<string, Pending>();
  readonly #hangUp: (dialog: Dialog, reason: string) => void;

  /** @param hangUp sends BYE of the edge's own accord and tells the application */
  constructor(context: CallContext, hangUp: (dialog: Dialog, reason: string) => void) {
    this.#context = context;
    this.#hangUp = hangUp;
  }

  /** Requests that wait for an application. */
  get pending(): number {
    return this.#pending.size;
  }

  onRequest(incoming: Incoming): void {
    const { request } = incoming;
    const fault = this.#refuse(request);
    if (fault) return this.#answer(incoming, ...fault);
    if (request.method === 'CANCEL') return this.#onCancel(incoming);
    if (tagOf(header(request, 'to') ?? '') !== undefined) return this.#onRequestInDialog(incoming);
    if (!OUTSIDE.has(request.method)) return this.#answer(incoming, 501);
    if (request.method === 'INVITE') this.#answer(incoming, 100);
    const app = this.#context.pick(request.method);
    if (!app) return this.#answer(incoming, 503);
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

  onAppResponse(app: App, frame: Extract<SipFrame, { type: 'respond' }>): void {
    const to = frame.id;
    const pending = this.#pending.get(frame.transactionId);
    if (pending?.app !== app || !pending.transaction.answerable) {
      return app.send({ type: 'nok', to, reason: LATE });
    }
    const typed = guessContentType(frame.message);
    if (!typed) return app.send({ type: 'nok', to, reason: 'missing content-type' });
    const response = this.#compose(pending, frame.message);
    response.headers.push(...typed);
    const reliably = wantsReliability(pending.request, response);
    if (reliably && pending.reliable.waiting) {
      const reason = 'the last reliable response has no PRACK yet';
      return app.send({ type: 'nok', to, reason });
    }
    if (reliably) pending.reliable.number(response);
    const data = pending.transaction.respond(response);
    if (!data) return app.send({ type: 'nok', to, reason: LATE });
    this.#afterResponse(pending, response, data, reliably);
    const live = pending.dialog && pending.request.method !== 'BYE' ? pending.dialog.id : '';
    app.send({
      type: 'sent-response',
      to,
      meta: farMeta('application', pending.flow, data.length),
      transactionId: pending.id,
      dialogId: live,
      message: response,
    });
  }

  /** Its callers hear 503 at once instead of silence. */
  onAppGone(app: App): void {
    for (const pending of [...this.#pending.values()]) {
      if (pending.app !== app) continue;
      this.#forget(pending);
      this.#answer(pending, pending.request.method === 'BYE' ? 200 : 503, { toTag: pending.toTag });
      if (pending.dialog?.state === 'early') this.#context.dialogs.remove(pending.dialog);
    }
  }

  close(): void {
    for (const pending of [...this.#pending.values()]) {
      this.#forget(pending);
      this.#answer(pending, 503, { toTag: pending.toTag });
    }
  }

  /** What no application can be asked. */
  #refuse(request: SipRequest): [number, ResponseOptions] | undefined {
    const bad = (what: string): [number, ResponseOptions] => [
      400,
      { reason: `Bad Request (${what})` },
    ];
    const fromTag = tagOf(header(request, 'from') ?? '');
    if (BAD_ID.test(header(request, 'call-id') ?? '')) return bad('Call-ID');
    if (fromTag === undefined || BAD_ID.test(fromTag)) return bad('From tag');
    if (!/^(sips?|tel):/i.test(request.uri)) return [416, {}];
    if (request.method === 'INVITE' && header(request, 'contact') === undefined) {
      return bad('Contact is missing');
    }
    return undefined;
  }

  #onRequestInDialog(incoming: Incoming): void {
    const { request, flow } = incoming;
    const { method } = request;
    const dialog = this.#context.dialogs.of(request);
    if (!dialog) return this.#answer(incoming, 481);
    if (dialog.state === 'ended') return this.#answer(incoming, method === 'BYE' ? 200 : 481);
    const sequence = sequenceOf(request);
    if (sequence < dialog.remoteSequence) return this.#answer(incoming, 500);
    dialog.remoteSequence = sequence;
    dialog.flow = flow;
    switch (method) {
      case 'INVITE': {
        this.#answer(incoming, 100);
        if (dialog.invitePending) return this.#answer(incoming, 491);
        if (this.#inviteOf(dialog)) {
          const headers = [field('Retry-After', '3')];
          return this.#answer(incoming, 500, { headers });
        }
        dialog.refreshTarget(request);
        break;
      }
      case 'UPDATE':
        dialog.refreshTarget(request);
        break;
      case 'PRACK': {
        const invite = this.#inviteOf(dialog);
        if (!invite?.reliable.acknowledge(request)) return this.#answer(incoming, 481);
        break;
      }
      case 'BYE': {
        const invite = this.#inviteOf(dialog);
        this.#context.dialogs.remove(dialog);
        if (invite) {
          this.#forget(invite);
          this.#answer(invite, 487, { toTag: invite.toTag });
        }
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
    if (!invite) return this.#answer(incoming, 481);
    const pending = [...this.#pending.values()].find((p) => p.transaction === invite);
    if (pending && invite.answerable) {
      this.#answer(incoming, 200, { toTag: pending.toTag });
      this.#forget(pending);
      this.#answer(pending, 487, { toTag: pending.toTag });
      if (pending.dialog?.state === 'early') this.#context.dialogs.remove(pending.dialog);
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
    if (invite.state !== 'accepted') return this.#answer(incoming, 200);
    this.#answer(incoming, 481);
    if (dialog?.unacknowledged.has(sequenceOf(request)) && dialog.state === 'confirmed') {
      this.#hangUp(dialog, 'SIP ;cause=487 ;text="cancelled after the answer"');
    }
  }

  #handUp(incoming: Incoming, app: App, dialog: Dialog | undefined): void {
    const { request, transaction, flow, bytes } = incoming;
    const { timers } = this.#context.endpoint;
    const invite = request.method === 'INVITE';
    const pending: Pending = {
      ...incoming,
      id: randomUUID(),
      app,
      dialog,
      toTag: newTag(),
      reliable: new ReliableResponses(request, timers),
      patience: setTimeout(
        () => {
          this.#context.log.warn({ method: request.method }, 'an app did not answer a request');
          this.#forget(pending);
          // Too late to answer anything but INVITE (RFC 4320 §4.2).
          if (invite) this.#answer(pending, 503, { toTag: pending.toTag });
          else transaction.terminate();
        },
        giveUpMs(timers) * (invite ? 2 : 1),
      ),
    };
    this.#pending.set(pending.id, pending);
    app.send({
      type: 'sip',
      meta: farMeta('network', flow, bytes),
      transactionId: pending.id,
      dialogId: dialog?.id ?? '',
      ...(dialog ? {} : { receivedOn: { host: flow.localAddress, port: flow.localPort } }),
      message: request,
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
    if (
      accepted &&
      WITH_CONTACT.has(request.method) &&
      !headers.some(({ key }) => key === 'contact')
    ) {
      headers.unshift(field('Contact', ownContact(endpoint, pending.flow)));
    }
    return createResponse(request, draft.status, {
      reason: draft.reason,
      toTag: pending.toTag,
      headers,
      body: draft.body,
    });
  }

  #afterResponse(pending: Pending, response: SipResponse, data: Buffer, reliably: boolean): void {
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
    if (reliably) {
      pending.reliable.sent(
        () => flow.send(data),
        () => {
          this.#forget(pending);
          this.#answer(pending, 504, { reason: 'No PRACK', toTag: pending.toTag });
        },
      );
    }
    if (status < 200) return;
    this.#forget(pending);
    const { dialog } = pending;
    if (!dialog) return;
    if (status < 300) dialog.state = dialog.state === 'early' ? 'confirmed' : dialog.state;
    else if (dialog.state === 'early' && invite) dialogs.remove(dialog);
    if (invite && status < 300) this.#awaitAck(dialog, sequenceOf(request), flow, data);
  }

  #awaitAck(dialog: Dialog, sequence: number, flow: Flow, data: Buffer): void {
    const answer = new AcceptedAnswer({
      reliable: flow.protocol === 'tcp',
      timers: this.#context.endpoint.timers,
      resend: () => flow.send(data),
      onNoAck: () => {
        dialog.settle(sequence);
        if (dialog.state === 'confirmed') {
          this.#hangUp(dialog, 'SIP ;cause=200 ;text="ACK timeout"');
        }
      },
    });
    dialog.unacknowledged.set(sequence, answer);
  }

  #inviteOf(dialog: Dialog): Pending | undefined {
    for (const pending of this.#pending.values()) {
      if (pending.dialog === dialog && pending.request.method === 'INVITE') return pending;
    }
    return undefined;
  }

  #forget(pending: Pending): void {
    clearTimeout(pending.patience);
    pending.reliable.stop();
    this.#pending.delete(pending.id);
  }

  /** Answer without asking anybody. */
  #answer(incoming: Incoming, status: number, options: ResponseOptions = {}): void {
    incoming.transaction.respond(createResponse(incoming.request, status, options));
  }
}

function isSubscribed(request: SipRequest, status: number): boolean {
  return request.method === 'SUBSCRIBE' && status >= 200 && status < 300;
}

/** RFC 6665 §4.1.3. */
export function endsSubscription(notify: SipRequest): boolean {
  return /^\s*terminated/i.test(header(notify, 'subscription-state') ?? '');
}
