/** How a transfer ended: the status of the call to the new target, or of our REFER. */
export interface TransferResult {
  /** 200 to 299: the caller talks to the new target. 408: nothing was heard of it in time. */
  status: number;
  reason: string;
}

export interface TransferRequest {
  /** `tel:` or `sip:` URI. */
  target: string;
  /** More headers of the REFER. */
  headers: Readonly<Record<string, string>>;
  /** How long to wait for the outcome. */
  limitMs: number;
}

const TEL = /^tel:\+?[0-9][0-9\-.()]{1,30}$/;
const SIP =
  /^sips?:[A-Za-z0-9._~!$&'()*+,;=%?/-]{1,128}@[A-Za-z0-9._:[\]-]{1,253}(;[A-Za-z0-9._~=;-]{1,128})?$/;

/**
 * Where a caller is to be transferred, as agents write it for LiveKit SIP: `tel:+1202…`, a SIP URI,
 * or a bare number.
 *
 * @returns undefined if it is none of these
 */
export function transferTarget(text: string): string | undefined {
  const wanted = /^\+?\d{2,20}$/.test(text) ? `tel:${text}` : text;
  return TEL.test(wanted) || SIP.test(wanted) ? wanted : undefined;
}

/** Read what NOTIFY tells of the new call (RFC 3515 §2.4.4): a status line. */
export function parseSipFragment(body: string): TransferResult | undefined {
  const line = /^SIP\/2\.0 (\d{3})(?: ([^\r\n]*))?/.exec(body.trimStart());
  if (!line) return undefined;
  return { status: Number(line[1]), reason: (line[2] ?? '').slice(0, 100) };
}
