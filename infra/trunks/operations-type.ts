/** Inputs of a dynamic resource: plain JSON. */
export type Props = Record<string, unknown>;

/**
 * What can be done with one kind of outside resource. `I` are its inputs as given by the program;
 * outputs are the inputs and what the service added (`O`).
 */
export interface Operations<I extends object, O extends object> {
  /** Inputs whose change needs a new resource. */
  readonly replaceOn: readonly (keyof I & string)[];
  /** Make it, or adopt the one that is there already. Safe to repeat. */
  create(inputs: I): Promise<{ id: string; outs: I & O }>;
  /** @returns undefined if it is gone */
  read(id: string, state: I & O): Promise<(I & O) | undefined>;
  update(id: string, olds: I & O, news: I): Promise<I & O>;
  /** Gone already is fine. */
  delete(id: string, state: I & O): Promise<void>;
}
