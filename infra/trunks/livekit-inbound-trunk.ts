import { SIPInboundTrunkInfo } from 'livekit-server-sdk';
import { isGone, withSipClient, type LiveKitAccess } from './livekit-client.ts';
import { LIVEKIT_MEDIA_ENCRYPTION, type MediaEncryption } from './livekit-enums.ts';
import type { Operations } from './operations-type.ts';

/** A trunk over which callers reach LiveKit SIP. */
export interface LiveKitInboundTrunkInputs {
  access: LiveKitAccess;
  /** Unique; a trunk of this name that is there already is adopted. */
  name: string;
  /** Called numbers in E.164. */
  numbers: string[];
  /** Addresses and CIDRs that INVITEs may come from; empty allows all. */
  allowedAddresses: string[];
  /** Digest authentication of the carrier; a secret. */
  auth?: { username: string; password: string };
  mediaEncryption: MediaEncryption;
}

type Outputs = { trunkId: string };
type State = LiveKitInboundTrunkInputs & Outputs;

/** LiveKit SIP inbound trunk: create or adopt by name, replace its fields, delete. */
export const livekitInboundTrunk: Operations<LiveKitInboundTrunkInputs, Outputs> = {
  replaceOn: [],
  async create(inputs) {
    return withSipClient(inputs.access, async (client) => {
      const there = (await client.listSipInboundTrunk()).find(({ name }) => name === inputs.name);
      const made = there
        ? await client.updateSipInboundTrunk(there.sipTrunkId, wanted(inputs, there))
        : await client.createSipInboundTrunk(inputs.name, inputs.numbers, {
            allowedAddresses: inputs.allowedAddresses,
            mediaEncryption: LIVEKIT_MEDIA_ENCRYPTION[inputs.mediaEncryption],
            ...(inputs.auth
              ? { authUsername: inputs.auth.username, authPassword: inputs.auth.password }
              : {}),
          });
      return { id: made.sipTrunkId, outs: { ...inputs, trunkId: made.sipTrunkId } };
    });
  },
  async read(id, state) {
    const trunk = await find(id, state.access);
    if (!trunk) return undefined;
    const encryption = Object.entries(LIVEKIT_MEDIA_ENCRYPTION).find(
      ([, value]) => value === Number(trunk.mediaEncryption),
    );
    const live: State = {
      ...state,
      name: trunk.name,
      numbers: sameSet(state.numbers, trunk.numbers),
      allowedAddresses: sameSet(state.allowedAddresses, trunk.allowedAddresses),
      mediaEncryption: (encryption?.[0] ?? state.mediaEncryption) as MediaEncryption,
    };
    if (state.auth) live.auth = { ...state.auth, username: trunk.authUsername };
    return live;
  },
  async update(id, _olds, news) {
    const there = await find(id, news.access);
    await withSipClient(news.access, (client) =>
      client.updateSipInboundTrunk(id, wanted(news, there)),
    );
    return { ...news, trunkId: id };
  },
  async delete(id, state) {
    try {
      await withSipClient(state.access, (client) => client.deleteSipTrunk(id));
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  },
};

async function find(id: string, access: LiveKitAccess): Promise<SIPInboundTrunkInfo | undefined> {
  const all = await withSipClient(access, (client) => client.listSipInboundTrunk());
  return all.find(({ sipTrunkId }) => sipTrunkId === id);
}

/** What others set on the trunk (headers, timeouts) stays. */
function wanted(
  inputs: LiveKitInboundTrunkInputs,
  there: SIPInboundTrunkInfo | undefined,
): SIPInboundTrunkInfo {
  const info = there ? there.clone() : new SIPInboundTrunkInfo();
  info.name = inputs.name;
  info.numbers = inputs.numbers;
  info.allowedAddresses = inputs.allowedAddresses;
  info.authUsername = inputs.auth?.username ?? '';
  info.authPassword = inputs.auth?.password ?? '';
  info.mediaEncryption = LIVEKIT_MEDIA_ENCRYPTION[inputs.mediaEncryption];
  return info;
}

/** The service may give a list back in another order; that is no change. */
export function sameSet(ours: readonly string[], theirs: readonly string[]): string[] {
  const equal = ours.length === theirs.length && ours.every((item) => theirs.includes(item));
  return equal ? [...ours] : [...theirs];
}
