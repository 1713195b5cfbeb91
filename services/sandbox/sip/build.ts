/** Messages that follow from other messages: responses, ACK to a refusal, CANCEL. */
import { newTag } from './ids.ts';
import { parseCSeq, tagOf } from './headers.ts';
import {
  field,
  header,
  topVia,
  type HeaderField,
  type SipRequest,
  type SipResponse,
} from './message.ts';

export const REASONS: Readonly<Record<number, string>> = {
  100: 'Trying',
  180: 'Ringing',
  183: 'Session Progress',
  200: 'OK',
  400: 'Bad Request',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  416: 'Unsupported URI Scheme',
  480: 'Temporarily Unavailable',
  481: 'Call/Transaction Does Not Exist',
  482: 'Loop Detected',
  486: 'Busy Here',
  487: 'Request Terminated',
  488: 'Not Acceptable Here',
  491: 'Request Pending',
  500: 'Server Internal Error',
  501: 'Not Implemented',
  503: 'Service Unavailable',
  513: 'Message Too Large',
  603: 'Decline',
};

export interface ResponseOptions {
  /** Reason phrase; the usual one of the status by default. */
  reason?: string;
  /** Tag for To if the request has none (a new one by default; never on 100). */
  toTag?: string;
  /** Further headers, after those copied from the request. */
  headers?: readonly HeaderField[];
  body?: Buffer;
}

/** RFC 3261 §8.2.6: copy Via, From, To, Call-ID, CSeq; Record-Route too where a dialog may begin. */
export function createResponse(
  request: SipRequest,
  status: number,
  options: ResponseOptions = {},
): SipResponse {
  const copied = request.headers.filter(
    ({ key }) =>
      key === 'via' ||
      key === 'from' ||
      key === 'call-id' ||
      key === 'cseq' ||
      (key === 'record-route' && status > 100 && status < 300),
  );
  let to = header(request, 'to') ?? '';
  if (status > 100 && tagOf(to) === undefined) to += `;tag=${options.toTag ?? newTag()}`;
  return {
    kind: 'response',
    status,
    reason: options.reason ?? REASONS[status] ?? 'Status',
    headers: [...copied, field('To', to), ...(options.headers ?? [])],
    body: options.body ?? Buffer.alloc(0),
  };
}

/** Headers that ACK and CANCEL take from their INVITE as they are. */
function ofInvite(invite: SipRequest, method: string, to: string): SipRequest {
  const sequence = parseCSeq(header(invite, 'cseq') ?? '')?.sequence ?? 1;
  return {
    kind: 'request',
    method,
    uri: invite.uri,
    headers: [
      field('Via', topVia(invite) ?? ''),
      field('Max-Forwards', '70'),
      ...invite.headers.filter(({ key }) => key === 'route'),
      field('From', header(invite, 'from') ?? ''),
      field('To', to),
      field('Call-ID', header(invite, 'call-id') ?? ''),
      field('CSeq', `${sequence} ${method}`),
    ],
    body: Buffer.alloc(0),
  };
}

/** The ACK of a refusal (300–699): same branch as the INVITE, RFC 3261 §17.1.1.3. */
export function createRefusalAck(invite: SipRequest, response: SipResponse): SipRequest {
  return ofInvite(invite, 'ACK', header(response, 'to') ?? '');
}

/** RFC 3261 §9.1. */
export function createCancel(invite: SipRequest): SipRequest {
  return ofInvite(invite, 'CANCEL', header(invite, 'to') ?? '');
}
