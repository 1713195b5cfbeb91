/** RFC 3261 §11.2, §13.3.1.4: what we can do, told in answers to INVITE and OPTIONS. */
export const ABILITIES: Readonly<Record<string, string>> = {
  Allow: 'INVITE, ACK, BYE, CANCEL, OPTIONS, INFO, UPDATE, NOTIFY',
  Accept: 'application/sdp',
  Supported: 'timer',
};

/** Options that an INVITE may require of us. */
export const UNDERSTOOD: readonly string[] = ['timer'];
