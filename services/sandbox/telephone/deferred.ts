/** A promise that is settled from outside, at most once; nobody has to listen to its failure. */
export class Deferred<T> {
  readonly promise: Promise<T>;
  readonly #resolve: (value: T) => void;
  readonly #reject: (error: Error) => void;

  constructor() {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    promise.catch(() => undefined);
    this.promise = promise;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  resolve(value: T): void {
    this.#resolve(value);
  }

  reject(error: Error): void {
    this.#reject(error);
  }
}
