import type { SipEndpoint } from '../sip/endpoint.ts';
import { SDP_TYPE, type Dialog } from './dialog.ts';
import { flowOf } from './outgoing-invite.ts';

/**
 * Send a re-INVITE (RFC 3261 §14.1) and acknowledge its 2xx. Resolves with the final status, and the
 * answer if there is one; 408 and 503 also stand for silence and no connection.
 */
export function sendReinvite(
  endpoint: SipEndpoint,
  dialog: Dialog,
  offer: string,
): Promise<{ status: number; body: string }> {
  const flow = flowOf(endpoint, dialog);
  const request = dialog.request('INVITE', [SDP_TYPE], Buffer.from(offer));
  return new Promise((resolve) => {
    endpoint.request(request, flow, {
      onResponse: ({ status, body }) => {
        if (status < 200) return;
        if (status < 300) endpoint.sendAck(dialog.ack('', request), flow);
        resolve({ status, body: body.toString() });
      },
      onFailure: (status) => resolve({ status, body: '' }),
    });
  });
}
