const DIGIT = /^[0-9*#A-Da-d]$/;
/** Cisco's numeric forms of star and hash. */
const NUMERIC: Readonly<Record<string, string>> = { '10': '*', '11': '#' };

/**
 * The key in the body of an INFO request: `application/dtmf-relay` (`Signal=5`, `Duration=160`) or
 * `application/dtmf` (the bare key).
 *
 * @returns undefined if the body is neither
 */
export function parseDtmfRelay(contentType: string, body: string): string | undefined {
  const type = (contentType.split(';', 1)[0] ?? '').trim().toLowerCase();
  let key: string | undefined;
  if (type === 'application/dtmf-relay') key = /^\s*Signal\s*=\s*(\S+)/im.exec(body)?.[1];
  else if (type === 'application/dtmf') key = body.trim();
  if (key === undefined) return undefined;
  const digit = NUMERIC[key] ?? key;
  return DIGIT.test(digit) ? digit.toUpperCase() : undefined;
}

/** Type and body of an INFO request for a key that is held for 160 ms. */
export function formatDtmfRelay(digit: string): {
  headers: Record<string, string>;
  body: string;
} {
  return {
    headers: { 'Content-Type': 'application/dtmf-relay' },
    body: `Signal=${digit}\r\nDuration=160\r\n`,
  };
}
