/** Checks stay unanswered: some loss heals by itself. */
const HEAL_MS = 3_000;
/** The server closes our connection also when it ends our stay, and tells us so a moment later. */
const WORD_WAIT_MS = 1_000;

/** Watches a session's connection, and says when it is lost for good. */
export class ConnectionWatch {
  readonly #lost: (reason: string) => void;
  #healing: NodeJS.Timeout | undefined;
  #stood = false;
  #closed = false;

  constructor(lost: (reason: string) => void) {
    this.#lost = lost;
  }

  /** True once the connection stood. */
  get stood(): boolean {
    return this.#stood;
  }

  /** @param state as libdatachannel calls it */
  changed(state: string): void {
    if (this.#closed) return;
    if (state === 'failed' || state === 'closed' || state === 'disconnected') {
      const waitMs = state === 'disconnected' ? HEAL_MS : WORD_WAIT_MS;
      this.#healing ??= setTimeout(() => this.#lost(`the connection is ${state}`), waitMs);
    } else if (state === 'connected') {
      this.#stood = true;
      clearTimeout(this.#healing);
      this.#healing = undefined;
    }
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#healing);
  }
}
