/** An application's requests on their way, and what their responses mean for dialogs. */
import type { ClientTransaction } from '../../sip/client-tx.ts';
import type { Flow } from '../../sip/flow.ts';
import { tagOf } from '../../sip/headers.ts';
import { header, type SipRequest, type SipResponse } from '../../sip/message.ts';
import type { App } from '../app/server.ts';
import type { DialogTable } from './dialog-table.ts';
import { Dialog, dialogId, sequenceOf } from './dialog.ts';

/** A request of an application's that has no final response. */
export interface Outgoing {
  id: string;
  app: App;
  request: SipRequest;
  flow: Flow;
  dialog: Dialog | undefined;
  /** Made outside of a dialog; INVITE and SUBSCRIBE may then begin one. */
  isNew: boolean;
  /** None while it waits for an ACK to come first. */
  transaction: ClientTransaction | undefined;
  /** A CANCEL may go out once something was heard (RFC 3261 §9.1). */
  heard: boolean;
  cancel: 'no' | 'waiting' | 'sent';
  cancelRequest?: SipRequest;
  cancelDeadline?: NodeJS.Timeout;
  /** Its application is gone: a call that is answered now is ended at once. */
  orphan: boolean;
}

/** Dialogs begin, are confirmed, move and end by responses (RFC 3261 §12.1.2, §12.2.1.2). */
export function followResponse(
  out: Outgoing,
  response: SipResponse,
  flow: Flow,
  dialogs: DialogTable,
): void {
  const { request } = out;
  const { status } = response;
  const good = status < 300;
  const final = status >= 200;
  const tag = tagOf(header(response, 'to') ?? '');
  const begins =
    out.isNew && (request.method === 'INVITE' || (final && request.method === 'SUBSCRIBE'));
  if (begins && good && tag !== undefined) {
    // Another branch of a fork may answer than the one that rang.
    if (out.dialog && out.dialog.remoteTag !== tag) dialogs.remove(out.dialog);
    if (out.dialog?.remoteTag !== tag) {
      out.dialog = Dialog.ofUac(out.app, request, response, flow);
      dialogs.add(out.dialog);
    }
  }
  const { dialog } = out;
  if (!dialog) return;
  dialog.flow = flow;
  if (good && (request.method === 'INVITE' || request.method === 'UPDATE')) {
    dialog.refreshTarget(response);
  }
  if (!final) return;
  if (request.method === 'INVITE') dialog.invitePending = false;
  if (begins && good) {
    dialog.state = 'confirmed';
    dialog.cancelled = out.cancel !== 'no';
  } else if (out.isNew && !good) dialogs.remove(dialog);
  if (isAccepted(request, response)) {
    dialog.acknowledgements.clear();
    dialog.acknowledgements.set(sequenceOf(request), 'wanted');
  }
  if (request.method === 'BYE') {
    // A challenged BYE is sent again with credentials.
    if (status === 401 || status === 407) dialog.state = 'confirmed';
    else dialogs.remove(dialog);
  }
}

/** A 2xx to INVITE, which wants an ACK. */
export function isAccepted(request: SipRequest, response: SipResponse): boolean {
  return request.method === 'INVITE' && response.status >= 200 && response.status < 300;
}

/** The dialog id that the application is told with a response. */
export function dialogIdFor(out: Outgoing): string {
  const { method } = out.request;
  if (out.dialog) return out.dialog.id;
  if (method !== 'INVITE' && method !== 'SUBSCRIBE') return '';
  const fromTag = tagOf(header(out.request, 'from') ?? '') ?? '';
  return dialogId(header(out.request, 'call-id') ?? '', fromTag);
}
