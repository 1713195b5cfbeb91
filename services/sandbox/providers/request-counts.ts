import { PROVIDERS, type ProviderName } from './faults.ts';

/** What was asked of the providers since the start or the last reset. */
export class RequestCounts {
  #counts = new Map<string, number>();

  /** @param what a plural noun, for example `connections` */
  add(provider: ProviderName, what: string): void {
    const key = `${provider}.${what}`;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }

  get(provider: ProviderName, what: string): number {
    return this.#counts.get(`${provider}.${what}`) ?? 0;
  }

  reset(): void {
    this.#counts = new Map();
  }

  /** By provider, then by what was counted. */
  all(): Record<ProviderName, Record<string, number>> {
    const all = Object.fromEntries(PROVIDERS.map((provider) => [provider, {}])) as Record<
      ProviderName,
      Record<string, number>
    >;
    for (const [key, count] of this.#counts) {
      const [provider, what] = key.split('.', 2) as [ProviderName, string];
      all[provider][what] = count;
    }
    return all;
  }
}
