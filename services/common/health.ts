/**
 * What a process needs before it may receive new work. Every named condition must hold and the
 * process must not be draining.
 */
export class Health {
  readonly #conditions = new Map<string, boolean>();
  #draining = false;

  /** @param conditions names that start as not met, for example `['livekit', 'drachtio']` */
  constructor(conditions: readonly string[] = []) {
    for (const name of conditions) this.#conditions.set(name, false);
  }

  set(condition: string, met: boolean): void {
    this.#conditions.set(condition, met);
  }

  /** From now on the process takes no new work. There is no way back. */
  drain(): void {
    this.#draining = true;
  }

  get draining(): boolean {
    return this.#draining;
  }

  get ready(): boolean {
    return !this.#draining && this.missing().length === 0;
  }

  /** Names of the conditions that don't hold. */
  missing(): string[] {
    return [...this.#conditions].filter(([, met]) => !met).map(([name]) => name);
  }
}
