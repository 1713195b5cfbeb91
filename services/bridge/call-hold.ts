import type { Logger } from '@patchbay/common/logger';
import { HOLD_ATTRIBUTE } from '@patchbay/common/room-contract';

export interface CallHoldOptions {
  setAttributes(attributes: Readonly<Record<string, string>>): void;
  log: () => Logger;
}

/** Tells the room when the phone holds an answered call, and when it is back. */
export class CallHold {
  readonly #options: CallHoldOptions;
  #answered = false;
  #held = false;
  #told = false;

  constructor(options: CallHoldOptions) {
    this.#options = options;
  }

  /** Offer and answer were agreed on, maybe once more. */
  agreed(held: boolean): void {
    this.#held = held;
    this.#tell();
  }

  /** The call is answered; before that nobody talks who could be held. */
  answered(): void {
    this.#answered = true;
    this.#tell();
  }

  #tell(): void {
    const held = this.#held;
    if (!this.#answered || held === this.#told) return;
    this.#told = held;
    this.#options.setAttributes({ [HOLD_ATTRIBUTE]: held ? 'yes' : 'no' });
    this.#options.log().info(held ? 'the phone holds the call' : 'the phone is back from its hold');
  }
}
