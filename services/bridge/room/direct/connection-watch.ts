/** Checks stay unanswered: some loss heals by itself. */
const HEAL_MS = 3_000;
/** The server closes our connections also when it ends our stay, and tells us so a moment later. */
const WORD_WAIT_MS = 1_000;

type Connection = 'publisher' | 'subscriber';

/** Watches a session's two connections, and says when one is lost for good. */
export class ConnectionWatch {
  readonly #lost: (reason: string) => void;
  readonly #healing = new Map<Connection, NodeJS.Timeout>();
  #stood = false;
  #closed = false;

  constructor(lost: (reason: string) => void) {
    this.#lost = lost;
  }

  /** True once a connection stood. */
  get stood(): boolean {
    return this.#stood;
  }

  /** @param state as libdatachannel calls it */
  changed(which: Connection, state: string): void {
    if (this.#closed) return;
    if (state === 'failed' || state === 'closed' || state === 'disconnected') {
      if (this.#healing.has(which)) return;
      const waitMs = state === 'disconnected' ? HEAL_MS : WORD_WAIT_MS;
      const lose = () => this.#lost(`the ${which} connection is ${state}`);
      this.#healing.set(which, setTimeout(lose, waitMs));
    } else if (state === 'connected') {
      this.#stood = true;
      clearTimeout(this.#healing.get(which));
      this.#healing.delete(which);
    }
  }

  close(): void {
    this.#closed = true;
    for (const timer of this.#healing.values()) clearTimeout(timer);
  }
}
