import { REASONS } from '../sip/build.ts';
import type { SipEndpoint } from '../sip/endpoint.ts';
import { field } from '../sip/message.ts';
import type { Dialog } from './dialog.ts';
import { flowOf } from './outgoing-invite.ts';

/** Tell whoever sent us a REFER how the call we were to place went (RFC 3515 §2.4.4, RFC 3420). */
export function notifyOfTransfer(endpoint: SipEndpoint, dialog: Dialog, status: number): void {
  const request = dialog.request(
    'NOTIFY',
    [
      field('Event', 'refer'),
      field('Subscription-State', 'terminated;reason=noresource'),
      field('Content-Type', 'message/sipfrag;version=2.0'),
    ],
    Buffer.from(`SIP/2.0 ${status} ${REASONS[status] ?? 'Whatever'}\r\n`),
  );
  // Whether it is heard or not, we have done our part.
  endpoint.request(request, flowOf(endpoint, dialog), {
    onResponse: () => undefined,
    onFailure: () => undefined,
  });
}
