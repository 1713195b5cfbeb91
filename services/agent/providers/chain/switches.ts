import type { Stage } from '../faults.ts';

/** Why another provider does a stage from now on. */
export const SWITCH_REASONS = [
  /** It answered 401 or 403. */
  'key-refused',
  /** It answered 429. */
  'rate-limited',
  /** Its first answer took too long. */
  'timeout',
  /** Its answer broke off. */
  'cut',
  /** It answered, but nothing that can be used. */
  'garbage',
  /** Any other error. */
  'failed',
  /** The one preferred works again. */
  'recovered',
] as const;
export type SwitchReason = (typeof SWITCH_REASONS)[number];

/** Another provider has taken over a stage of a call. */
export interface ProviderSwitch {
  stage: Stage;
  from: string;
  to: string;
  reason: SwitchReason;
}

/** An answer that failed in a way its own error does not tell. */
export class AnswerFault extends Error {
  readonly reason: 'timeout' | 'cut' | 'garbage';

  constructor(reason: 'timeout' | 'cut' | 'garbage') {
    super(`the answer ended: ${reason}`);
    this.name = 'AnswerFault';
    this.reason = reason;
  }
}

/** What an error of a provider's answer means. Plugins put the HTTP status into `statusCode`. */
export function switchReasonOf(error: unknown): Exclude<SwitchReason, 'recovered'> {
  if (error instanceof AnswerFault) return error.reason;
  if (error instanceof SyntaxError) return 'garbage';
  const status = statusOf(error);
  if (status === 401 || status === 403) return 'key-refused';
  if (status === 429) return 'rate-limited';
  if (!(error instanceof Error)) return 'failed';
  if (error.name === 'APITimeoutError') return 'timeout';
  // The plugins tell of a lost connection in words only.
  return /closed (mid-|unexpectedly)|socket hang up|terminated/i.test(error.message)
    ? 'cut'
    : 'failed';
}

function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  if ('statusCode' in error && typeof error.statusCode === 'number') return error.statusCode;
  if ('status' in error && typeof error.status === 'number') return error.status;
  // Some plugins only say it in words, as the WebSocket library does.
  const inWords =
    error instanceof Error
      ? /(?:server response:|API error|status)\D{0,3}(\d{3})\b/i.exec(error.message)
      : null;
  return inWords ? Number(inWords[1]) : undefined;
}
