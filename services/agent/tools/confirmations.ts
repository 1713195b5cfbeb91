import { answerOf } from './caller-answer.ts';

/** Something that costs: what is to be done, and to what. */
export interface Act {
  /** For example `block_card`. */
  name: string;
  /** Id of what it is done to. */
  object: string;
}

/** What an act needs now. */
export type Consent =
  /** The caller said yes to this very act. */
  | 'given'
  /** The caller said no to it just now. */
  | 'refused'
  /** The question is on its way to the caller, or waits for an answer. */
  | 'awaited'
  /** The caller has to be asked. */
  | 'missing'
  /** The caller was asked and said neither yes nor no. */
  | 'unclear';

/** A question and its answer are good for so long. */
const VALID_MS = 60_000;

type State =
  | { name: 'idle' }
  /** The question is being said. */
  | { name: 'asking'; act: Act }
  | { name: 'asked'; act: Act; untilMs: number }
  | { name: 'answered'; act: Act; consent: 'given' | 'refused' | 'unclear'; untilMs: number };

/**
 * Who may do what costs: nobody but the caller, who was asked about this very act in words that the
 * agent's code chose, heard them to their end, and said yes in the next turn. What the model writes
 * has no part in it, whoever told it to write that. One of these for each call.
 */
export class Confirmations {
  readonly #now: () => number;
  #state: State = { name: 'idle' };

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** May this be done now? */
  consent(act: Act): Consent {
    this.#expire();
    const state = this.#state;
    if (state.name === 'idle' || !isSame(state.act, act)) return 'missing';
    return state.name === 'answered' ? state.consent : 'awaited';
  }

  /** The question is being said. Whatever was asked or answered before counts no more. */
  asking(act: Act): void {
    this.#state = { name: 'asking', act };
  }

  /** The question was heard to its end, or broken off: then it was not asked. */
  asked(act: Act, whole: boolean): void {
    if (this.#state.name !== 'asking' || !isSame(this.#state.act, act)) return;
    this.#state = whole ? { name: 'asked', act, untilMs: this.#now() + VALID_MS } : IDLE;
  }

  /** The caller said this, in a turn of their own. */
  onCaller(text: string): void {
    this.#expire();
    const state = this.#state;
    if (state.name === 'asked') {
      const consent = ({ yes: 'given', no: 'refused', unclear: 'unclear' } as const)[
        answerOf(text)
      ];
      this.#state = { name: 'answered', act: state.act, consent, untilMs: this.#now() + VALID_MS };
    } else if (state.name === 'answered') {
      // They go on to something else; what was agreed and not done is agreed no longer.
      this.#state = IDLE;
    }
  }

  /** The act was done: another one needs another yes. */
  done(act: Act): void {
    if (this.#state.name !== 'idle' && isSame(this.#state.act, act)) this.#state = IDLE;
  }

  #expire(): void {
    if ('untilMs' in this.#state && this.#now() > this.#state.untilMs) this.#state = IDLE;
  }
}

const IDLE = { name: 'idle' } as const;

function isSame(one: Act, other: Act): boolean {
  return one.name === other.name && one.object === other.object;
}
