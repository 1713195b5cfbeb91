/**
 * Text of an answer that one model began and another goes on with. A model that starts anew repeats
 * what was said; one that goes on doesn't. The words said already are left out once.
 */
export class Continuation {
  /** Said so far, without white space and case, which models vary. */
  readonly #said: string;
  #held = '';
  #decided: boolean;

  /** @param said what the caller has heard or will hear of the answer */
  constructor(said: string) {
    this.#said = squeeze(said);
    this.#decided = this.#said === '';
  }

  /** @returns the part of the text that is new; empty while that is not known */
  push(text: string): string {
    if (this.#decided) return text;
    this.#held += text;
    const held = squeeze(this.#held);
    if (held.length < this.#said.length) {
      if (this.#said.startsWith(held)) return '';
      return this.#release(this.#held);
    }
    if (!held.startsWith(this.#said)) return this.#release(this.#held);
    return this.#release(afterLetters(this.#held, this.#said.length));
  }

  #release(text: string): string {
    this.#decided = true;
    this.#held = '';
    return text;
  }
}

function squeeze(text: string): string {
  return text.replaceAll(/\s+/g, '').toLowerCase();
}

/** The text after so many characters that are no white space. */
function afterLetters(text: string, count: number): string {
  let seen = 0;
  for (let at = 0; at < text.length; at++) {
    if (seen === count) return text.slice(at);
    if (!/\s/.test(text.charAt(at))) seen += 1;
  }
  return '';
}
