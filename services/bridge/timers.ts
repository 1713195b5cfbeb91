/** Named one-shot timers of one owner, all ended together. */
export class Timers {
  readonly #timers = new Map<string, NodeJS.Timeout>();
  #closed = false;

  /** Run `action` once after `delayMs`, in place of an earlier timer of that name. */
  set(name: string, delayMs: number, action: () => void): void {
    this.clear(name);
    if (this.#closed) return;
    const timer = setTimeout(() => {
      this.#timers.delete(name);
      action();
    }, delayMs);
    this.#timers.set(name, timer);
  }

  clear(name: string): void {
    clearTimeout(this.#timers.get(name));
    this.#timers.delete(name);
  }

  /** End all timers and take no new ones. */
  close(): void {
    this.#closed = true;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }
}
