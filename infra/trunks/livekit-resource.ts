import type { SipClient } from 'livekit-server-sdk';
import { isGone, withSipClient, type LiveKitAccess } from './livekit-client.ts';
import { LIVEKIT_MEDIA_ENCRYPTION, type MediaEncryption } from './livekit-enums.ts';
import type { Operations } from './operations-type.ts';

/** What every resource of LiveKit's SIP API is given. */
export interface LiveKitInputs {
  access: LiveKitAccess;
  /** Unique; one of this name that is there already is adopted. */
  name: string;
}

/** What tells one kind of resource of LiveKit's SIP API from another; `T` is its message. */
export interface LiveKitKind<
  I extends LiveKitInputs,
  O extends object,
  T extends { name: string },
> {
  list(client: SipClient): Promise<T[]>;
  idOf(info: T): string;
  make(client: SipClient, inputs: I): Promise<T>;
  replace(client: SipClient, id: string, info: T): Promise<T>;
  remove(client: SipClient, id: string): Promise<unknown>;
  /** The message as it should be; what others set on the one that is there stays. */
  wanted(inputs: I, there: T | undefined): T;
  /** The state as it is now. */
  live(state: I & O, info: T): I & O;
  outputs(id: string): O;
}

/** Create or adopt by name, replace the fields, delete: the same for all kinds. */
export function livekitResource<
  I extends LiveKitInputs,
  O extends object,
  T extends { name: string },
>(kind: LiveKitKind<I, O, T>): Operations<I, O> {
  const find = async (id: string, access: LiveKitAccess) => {
    const all = await withSipClient(access, (client) => kind.list(client));
    return all.find((info) => kind.idOf(info) === id);
  };
  return {
    replaceOn: [],
    async create(inputs) {
      return withSipClient(inputs.access, async (client) => {
        const there = (await kind.list(client)).find(({ name }) => name === inputs.name);
        const made = there
          ? await kind.replace(client, kind.idOf(there), kind.wanted(inputs, there))
          : await kind.make(client, inputs);
        const id = kind.idOf(made);
        return { id, outs: { ...inputs, ...kind.outputs(id) } };
      });
    },
    async read(id, state) {
      const info = await find(id, state.access);
      return info && kind.live(state, info);
    },
    async update(id, _olds, news) {
      const there = await find(id, news.access);
      await withSipClient(news.access, (client) =>
        kind.replace(client, id, kind.wanted(news, there)),
      );
      return { ...news, ...kind.outputs(id) };
    },
    async delete(id, state) {
      try {
        await withSipClient(state.access, (client) => kind.remove(client, id));
      } catch (error) {
        if (!isGone(error)) throw error;
      }
    },
  };
}

/** How a trunk is protected. */
export interface TrunkSecurity {
  /** Digest authentication; a secret. */
  auth?: { username: string; password: string };
  mediaEncryption: MediaEncryption;
}

/** What every kind of trunk has in common at LiveKit. */
export const TRUNK = {
  idOf: ({ sipTrunkId }: { sipTrunkId: string }): string => sipTrunkId,
  remove: (client: SipClient, id: string): Promise<unknown> => client.deleteSipTrunk(id),
  outputs: (trunkId: string): TrunkOutputs => ({ trunkId }),
};

export type TrunkOutputs = { trunkId: string };

/** The same as fields of LiveKit's messages; empty names and passwords mean none. */
export function securityFields({ auth, mediaEncryption }: TrunkSecurity) {
  return {
    authUsername: auth?.username ?? '',
    authPassword: auth?.password ?? '',
    mediaEncryption: LIVEKIT_MEDIA_ENCRYPTION[mediaEncryption],
  };
}

/** The service may give a list back in another order; that is no change. */
export function sameSet(ours: readonly string[], theirs: readonly string[]): string[] {
  const equal = ours.length === theirs.length && ours.every((item) => theirs.includes(item));
  return equal ? [...ours] : [...theirs];
}
