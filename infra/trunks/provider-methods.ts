import { isDeepStrictEqual } from 'node:util';
import type { Operations, Props } from './operations-type.ts';
import { retrying, type RetryOptions } from './retrying.ts';

/** Pulumi's methods for one kind of resource, as `pulumi.dynamic.ResourceProvider` wants them. */
export interface ProviderMethods {
  diff(
    id: string,
    olds: Props,
    news: Props,
  ): { changes: boolean; replaces: string[]; deleteBeforeReplace: boolean };
  create(inputs: Props): Promise<{ id: string; outs: Props }>;
  /** An empty id says that it is gone. */
  read(id: string, props: Props): Promise<{ id: string; props: Props }>;
  update(id: string, olds: Props, news: Props): Promise<{ outs: Props }>;
  delete(id: string, props: Props): Promise<void>;
}

/** Pulumi's own property: the serialized provider. */
const PROVIDER_KEY = '__provider';

/** Join operations to Pulumi's protocol: compare inputs, try again while a service is busy. */
export function providerMethods<I extends object, O extends object>(
  operations: Operations<I, O>,
  retry: RetryOptions = {},
): ProviderMethods {
  // Pulumi hands over plain JSON that this program wrote itself.
  const inputs = (props: Props) => withoutProvider(props) as I;
  const state = (props: Props) => withoutProvider(props) as I & O;
  return {
    diff(_id, olds, news) {
      const changed = changedKeys(withoutProvider(olds), withoutProvider(news));
      const replaces = changed.filter((key) => operations.replaceOn.some((name) => name === key));
      // Names and numbers are unique at the carrier: the old one has to go first.
      return { changes: changed.length > 0, replaces, deleteBeforeReplace: true };
    },
    async create(props) {
      const made = await retrying(() => operations.create(inputs(props)), retry);
      return { id: made.id, outs: plain(made.outs) };
    },
    async read(id, props) {
      const found = await retrying(() => operations.read(id, state(props)), retry);
      return found ? { id, props: plain(found) } : { id: '', props: {} };
    },
    async update(id, olds, news) {
      const outs = await retrying(() => operations.update(id, state(olds), inputs(news)), retry);
      return { outs: plain(outs) };
    },
    async delete(id, props) {
      await retrying(() => operations.delete(id, state(props)), retry);
    },
  };
}

function withoutProvider(props: Props): Props {
  return Object.fromEntries(Object.entries(props).filter(([key]) => key !== PROVIDER_KEY));
}

/** `olds` is the state, refreshed or not, so what others changed at the carrier shows here too. */
function changedKeys(olds: Props, news: Props): string[] {
  return Object.keys(news).filter((key) => !isDeepStrictEqual(olds[key], news[key]));
}

function plain(outs: object): Props {
  return { ...outs };
}
