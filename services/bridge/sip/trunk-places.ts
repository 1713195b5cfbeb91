import { RateLimit } from './rate.ts';
import type { Trunk } from './trunk.ts';

export type PlaceRefused = 'calls' | 'rate';

interface Book {
  active: number;
  most: number;
  rate: RateLimit | undefined;
}

/** Counts the calls of each trunk, both directions, and keeps them within its limits. */
export class TrunkPlaces {
  readonly #books: ReadonlyMap<string, Book>;
  readonly #now: () => number;

  /** @param now monotonic ms */
  constructor(trunks: readonly Trunk[], now: () => number = () => performance.now()) {
    this.#now = now;
    this.#books = new Map(
      trunks.map(({ name, limits }) => {
        const { calls = Infinity, callsPerSecond } = limits;
        const rate =
          callsPerSecond === undefined ? undefined : new RateLimit(callsPerSecond, now());
        return [name, { active: 0, most: calls, rate }];
      }),
    );
  }

  /** Calls now, by trunk. */
  get active(): ReadonlyMap<string, number> {
    return new Map([...this.#books].map(([name, { active }]) => [name, active]));
  }

  /** Take a place for one call. @returns what gives it back, or which limit is reached */
  take(trunk: string): (() => void) | PlaceRefused {
    const book = this.#books.get(trunk);
    if (!book) throw new Error(`there is no trunk ${trunk}`);
    if (book.active >= book.most) return 'calls';
    if (book.rate && !book.rate.take(this.#now())) return 'rate';
    book.active += 1;
    let taken = true;
    return () => {
      if (taken) book.active -= 1;
      taken = false;
    };
  }
}
