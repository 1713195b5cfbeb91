import { voice } from '@livekit/agents';
import { ifRunning } from '../speaking.ts';
import type { Floor } from './floor.ts';

/** What the model is told when a caller is back who had not heard something to its end. */
const SAY_AGAIN =
  'The caller put the call on hold while you were speaking, and is back now. They have heard only ' +
  'what stands in your last words. Say in a few words that you are there, and then what they missed.';

export interface HoldOptions {
  session: Pick<voice.AgentSession, 'on' | 'interrupt' | 'generateReply'>;
  floor: Pick<Floor, 'isAgents' | 'isFree'>;
  /** A hold for longer than this is a long one. */
  longMs: number;
  /** Say to a caller who is back that the agent is there. */
  greetBack: () => void;
}

/**
 * A call that the caller's phone holds. What is being said is broken off, so that the agent knows how
 * far it was heard; what comes after that waits, as nothing is played to a held line. When the caller
 * is back, they hear what has waited, or once more the answer that was broken off. If there is neither,
 * a word after a long hold lets them know that the agent is still there; after a short one too, if it
 * broke off what the agent said of its own accord, such as a question whether they are there.
 */
export class Hold {
  readonly #options: HoldOptions;
  /** What is being said, or waits to be. */
  readonly #open = new Map<voice.SpeechHandle, voice.SpeechCreatedEvent['source']>();
  #sinceMs: number | undefined;
  #brokenOff: 'answer' | 'own words' | undefined;
  #closed = false;

  constructor(options: HoldOptions) {
    this.#options = options;
    options.session.on(voice.AgentSessionEventTypes.SpeechCreated, ({ speechHandle, source }) => {
      this.#open.set(speechHandle, source);
      speechHandle.addDoneCallback(() => this.#open.delete(speechHandle));
    });
  }

  /** The phone holds the call. */
  get on(): boolean {
    return this.#sinceMs !== undefined;
  }

  onHold(held: boolean): void {
    if (held) this.#begin();
    else this.#finish();
  }

  /** Nothing is said any more but last words, which wait as long as they may. */
  close(): void {
    this.#closed = true;
  }

  #begin(): void {
    const { session, floor } = this.#options;
    this.#sinceMs = Date.now();
    if (this.#closed || !floor.isAgents) return;
    const isAnswer = [...this.#open.values()].some((source) => source !== 'say');
    try {
      session.interrupt();
      this.#brokenOff = isAnswer ? 'answer' : 'own words';
    } catch {
      // The session runs no more, or these words are not to be broken off: then they wait.
    }
  }

  #finish(): void {
    const { session, floor, longMs, greetBack } = this.#options;
    const lastedMs = Date.now() - (this.#sinceMs ?? Date.now());
    const brokenOff = this.#brokenOff;
    this.#sinceMs = undefined;
    this.#brokenOff = undefined;
    const waits = !floor.isFree || [...this.#open.keys()].some(({ interrupted }) => !interrupted);
    if (this.#closed || waits) return;
    if (brokenOff === 'answer') {
      ifRunning(() => session.generateReply({ instructions: SAY_AGAIN }));
    } else if (brokenOff || lastedMs >= longMs) greetBack();
  }
}
