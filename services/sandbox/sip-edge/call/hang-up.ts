/** Ending calls of the edge's own accord, and the way to the far end of a call. */
import { isReliable, type Flow } from '../../sip/flow.ts';
import { parseUri } from '../../sip/headers.ts';
import { field, serialize, type SipResponse } from '../../sip/message.ts';
import { ownMeta } from './compose.ts';
import type { CallContext } from './context.ts';
import { Dialog, sequenceOf } from './dialog.ts';
import { nextHop } from './new-request.ts';
import type { Outgoing } from './outgoing.ts';

/** For requests whose answers nobody waits for. */
export const IGNORE = { onResponse: () => undefined, onFailure: () => undefined };

/** BYE of the edge's own accord; the application is told with an `unsolicited` frame. */
export function hangUp(context: CallContext, dialog: Dialog, reason: string): void {
  const { endpoint, dialogs } = context;
  if (dialog.state === 'ended') return;
  if (dialog.state === 'early' || dialog.kind === 'subscription') return dialogs.remove(dialog);
  dialog.state = 'ended';
  const flow = flowOf(context, dialog);
  const headers = [field('Reason', reason)];
  const bye = dialog.createRequest('BYE', headers, Buffer.alloc(0));
  endpoint.addVia(bye, flow);
  afterAck(dialog, () =>
    endpoint.request(bye, flow, {
      onResponse: (response) => {
        if (response.status >= 200) dialogs.remove(dialog);
      },
      onFailure: () => dialogs.remove(dialog),
    }),
  );
  dialog.app.send({
    type: 'sip',
    meta: ownMeta(endpoint, flow, serialize(bye).length),
    transactionId: 'unsolicited',
    dialogId: dialog.id,
    message: bye,
  });
}

/** For a call that nobody wants any more. */
export function ackAndBye(context: CallContext, out: Outgoing, response: SipResponse): void {
  const { endpoint } = context;
  const dialog = Dialog.ofUac(out.app, out.request, response, out.flow);
  const flow = flowOf(context, dialog);
  const none = Buffer.alloc(0);
  endpoint.sendAck(dialog.createRequest('ACK', [], none, sequenceOf(out.request)), flow);
  endpoint.request(dialog.createRequest('BYE', [], none), flow, IGNORE);
}

/**
 * The way to the far end. An open connection from it is used again, so that phones behind NAT,
 * which can't be connected to, are reached; so is the protocol, if their Contact names none.
 */
export function flowOf(context: CallContext, dialog: Dialog): Flow {
  const { flow } = dialog;
  const uri = dialog.destination().nextHop;
  const sameHost = parseUri(uri)?.host === flow.remoteAddress;
  const hop = nextHop(uri, sameHost ? flow.protocol : 'udp');
  if (typeof hop === 'string') return flow;
  if (hop.protocol === 'tls' && context.endpoint.tlsPort === undefined) return flow;
  // A carrier's Contact may name TCP where it speaks TLS, or TLS by a port that is not its own.
  if (sameHost && isReliable(hop.protocol) && isReliable(flow.protocol) && flow.open) return flow;
  return context.endpoint.flowTo(hop.protocol, hop.host, hop.port);
}

/** RFC 3261 §15: no BYE before the ACK of our 2xx, or before it is clear that none will come. */
export function afterAck(dialog: Dialog, action: () => void): void {
  if (dialog.unacknowledged.size === 0) action();
  else dialog.afterAck.push(action);
}
