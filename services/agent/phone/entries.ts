import { Keypad } from './keypad.ts';
import { SecretEntry } from './secret-entry.ts';

/** What the model is told of digits that are none of its business. */
const ENTERED = 'I have keyed in the digits.';

/**
 * The digits that a caller enters, by keys or by words. Those that a tool awaits as a secret go to
 * the tool alone.
 */
export class Entries {
  /** For tools that ask for digits. */
  readonly secret = new SecretEntry();
  readonly #keypad: Keypad;

  /** @param onEntry digits were keyed in; told as words of the caller, without what is secret */
  constructor(onEntry: (words: string) => void) {
    this.#keypad = new Keypad({
      onEntry: (digits) =>
        onEntry(this.secret.onKeyed(digits) ? ENTERED : digits.split('').join(' ')),
    });
  }

  /** The caller pressed a key: `0`–`9`, `*`, `#`. */
  onKey(key: string): void {
    this.#keypad.press(key, this.secret.awaited);
  }

  /** What the caller said, as it may be kept. To be asked once for each thing said. */
  keepable(words: string): string {
    return this.secret.onSaid(words);
  }

  /** From now on keys are no entries. */
  close(): void {
    this.#keypad.close();
  }
}
