type Release = () => Promise<void> | void;

/** What a call holds: given back together, also what comes too late. */
export class Owned {
  readonly #held: { name: string; release: Release }[] = [];
  readonly #coming = new Set<Promise<unknown>>();
  readonly #onFault: (name: string, error: unknown) => void;
  #closing = false;

  /** @param onFault told of a thing that could not be given back; must not throw */
  constructor(onFault: (name: string, error: unknown) => void) {
    this.#onFault = onFault;
  }

  /** Own a thing that is there. */
  hold(name: string, release: Release): void {
    this.#held.push({ name, release });
  }

  /**
   * Wait for a thing and own it. If everything was given back meanwhile, so is this, at once.
   * @throws what `coming` rejects with
   */
  take<T>(
    name: string,
    coming: Promise<T>,
    release: (thing: T) => Promise<void> | void,
  ): Promise<T> {
    const taken = coming.then(async (thing) => {
      if (this.#closing) await this.#release(name, () => release(thing));
      else this.hold(name, () => release(thing));
      return thing;
    });
    const settled = taken.catch(() => undefined).finally(() => this.#coming.delete(settled));
    this.#coming.add(settled);
    return taken;
  }

  /**
   * Give everything back, the latest first, none waiting for another, and wait for what is still
   * coming. Never rejects.
   */
  async close(): Promise<void> {
    this.#closing = true;
    const held = this.#held.splice(0).reverse();
    await Promise.all(held.map(({ name, release }) => this.#release(name, release)));
    await Promise.all(this.#coming);
  }

  async #release(name: string, release: Release): Promise<void> {
    try {
      await release();
    } catch (error) {
      this.#onFault(name, error);
    }
  }
}
