import { switchReasonOf } from './chain/switches.ts';

/** The three stages of a turn that a provider does. */
export const STAGES = ['stt', 'llm', 'tts'] as const;
export type Stage = (typeof STAGES)[number];

export type ProviderFaultKind =
  /** No key is configured. */
  | 'key-missing'
  /** The provider answered 401 or 403. */
  | 'key-refused'
  /** The provider failed after every retry. */
  | 'failed'
  /** No answer came in time and no error either. */
  | 'silent';

/** A provider can't do its stage of the call. Carries what an operator has to look at. */
export class ProviderFault extends Error {
  readonly kind: ProviderFaultKind;
  readonly stage: Stage;
  readonly provider: string;
  /** Environment variable that holds the provider's key. */
  readonly variable: string;

  constructor(
    facts: { kind: ProviderFaultKind; stage: Stage; provider: string; variable: string },
    options?: ErrorOptions,
  ) {
    super(describe(facts), options);
    this.name = 'ProviderFault';
    this.kind = facts.kind;
    this.stage = facts.stage;
    this.provider = facts.provider;
    this.variable = facts.variable;
  }
}

function describe(facts: { kind: ProviderFaultKind; provider: string; variable: string }): string {
  switch (facts.kind) {
    case 'key-missing':
      return `${facts.provider} needs a key: set ${facts.variable}`;
    case 'key-refused':
      return `${facts.provider} refused the key in ${facts.variable}`;
    case 'failed':
      return `${facts.provider} failed after every retry`;
    case 'silent':
      return `${facts.provider} did not answer in time`;
  }
}

/**
 * What an error of a running stage means: status 401 and 403 are a refused key, all else a failure.
 */
export function faultKindOf(error: unknown): 'key-refused' | 'failed' {
  // A chain's own error has the last provider's as its cause.
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  return switchReasonOf(cause) === 'key-refused' ? 'key-refused' : 'failed';
}
