import { inspect } from 'node:util';

/** A secret of the configuration. It shows itself nowhere: not in JSON, not in logs, not in errors. */
export class SecretText {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The secret itself. Hand it to `pulumi.secret` at once. */
  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return '[secret]';
  }

  toJSON(): string {
    return '[secret]';
  }

  [inspect.custom](): string {
    return '[secret]';
  }
}
