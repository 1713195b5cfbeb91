/** RFC 4028 §5: no session may be asked to refresh more often. drachtio-server's least value too. */
export const MIN_SESSION_SECONDS = 90;

/** What two ends agreed on: the session is over when nobody refreshes it in time. */
export interface SessionTimer {
  seconds: number;
  refresher: 'us' | 'them';
  /** The other end knows session timers itself; else a proxy on the way asked. */
  theyKnow: boolean;
}

/** The headers of an INVITE or UPDATE that matter here; empty if absent. */
export interface SessionTimerRequest {
  sessionExpires: string;
  supported: string;
  require: string;
}

/**
 * What we agree to as the one who answers (RFC 4028 §9, table 2). The SIP server watches the time,
 * sends the refreshes that are ours, and ends the call when theirs don't come: it reads the same
 * headers, so the choice is made as it makes it (drachtio-server src/sip-dialog-controller.cpp).
 *
 * @param before what held until now, if the request is part of a call
 * @returns undefined if no timer was asked for; `too-small` wants 422 with Min-SE
 */
export function agreeSessionTimer(
  request: SessionTimerRequest,
  before?: SessionTimer,
): SessionTimer | 'too-small' | undefined {
  const asked = /^\s*(\d{1,9})\s*(;.*)?$/.exec(request.sessionExpires);
  if (!asked?.[1]) return undefined;
  const theyKnow = hasOption(request.supported, 'timer') || hasOption(request.require, 'timer');
  const seconds = Number(asked[1]);
  // Who does not know timers does not know 422 either.
  if (seconds < MIN_SESSION_SECONDS && theyKnow) return 'too-small';
  const named = /;\s*refresher\s*=\s*(uac|uas)\b/i.exec(asked[2] ?? '')?.[1]?.toLowerCase();
  const unnamed = before === undefined || before.refresher === 'us' ? 'uac' : 'uas';
  const refresher = theyKnow && (named ?? unnamed) === 'uac' ? 'them' : 'us';
  return { seconds: Math.max(seconds, MIN_SESSION_SECONDS), refresher, theyKnow };
}

/** Headers of our 2xx. */
export function sessionTimerHeaders(timer: SessionTimer | undefined): Record<string, string> {
  if (!timer) return {};
  const { seconds, refresher, theyKnow } = timer;
  return {
    'Session-Expires': `${seconds};refresher=${refresher === 'them' ? 'uac' : 'uas'}`,
    ...(theyKnow ? { Require: 'timer' } : {}),
  };
}

/** Is an option tag in a list such as Supported or Require? */
export function hasOption(list: string, option: string): boolean {
  return optionsOf(list).includes(option);
}

/** The option tags of a list, in lower case. */
export function optionsOf(list: string): string[] {
  return list
    .split(',')
    .map((tag) => tag.trim().toLowerCase())
    .filter((tag) => tag !== '');
}
