import { optionsOf } from './session-timer.ts';

/** RFC 3261 §11.2, §13.3.1.4: what we can do, told in answers to INVITE and OPTIONS. */
export const ABILITIES: Readonly<Record<string, string>> = {
  Allow: 'INVITE, ACK, BYE, CANCEL, OPTIONS, INFO, UPDATE, NOTIFY',
  Accept: 'application/sdp',
  Supported: 'timer',
};

/** Options that a request may require of us. */
const UNDERSTOOD: readonly string[] = ['timer'];

/**
 * Headers of the 420 for a request that requires what we do not do (RFC 3261 §8.2.2.3), such as
 * reliable provisional responses (100rel, RFC 3262); undefined if it can be taken.
 */
export function unsupportedOptions(require: string): { Unsupported: string } | undefined {
  const unknown = optionsOf(require).filter((option) => !UNDERSTOOD.includes(option));
  return unknown.length > 0 ? { Unsupported: unknown.join(', ') } : undefined;
}
