import { SIPOutboundTrunkInfo } from 'livekit-server-sdk';
import { isGone, withSipClient, type LiveKitAccess } from './livekit-client.ts';
import {
  LIVEKIT_MEDIA_ENCRYPTION,
  LIVEKIT_TRANSPORT,
  type MediaEncryption,
  type SipTransport,
} from './livekit-enums.ts';
import { sameSet } from './livekit-inbound-trunk.ts';
import type { Operations } from './operations-type.ts';

/** A trunk over which LiveKit SIP calls out. */
export interface LiveKitOutboundTrunkInputs {
  access: LiveKitAccess;
  /** Unique; a trunk of this name that is there already is adopted. */
  name: string;
  /** Host, and port if it isn't the transport's own. */
  address: string;
  transport: SipTransport;
  /** Numbers that may be shown to the called. */
  numbers: string[];
  /** Digest authentication at the carrier; a secret. */
  auth?: { username: string; password: string };
  mediaEncryption: MediaEncryption;
}

type Outputs = { trunkId: string };

/** LiveKit SIP outbound trunk: create or adopt by name, replace its fields, delete. */
export const livekitOutboundTrunk: Operations<LiveKitOutboundTrunkInputs, Outputs> = {
  replaceOn: [],
  async create(inputs) {
    return withSipClient(inputs.access, async (client) => {
      const there = (await client.listSipOutboundTrunk()).find(({ name }) => name === inputs.name);
      const made = there
        ? await client.updateSipOutboundTrunk(there.sipTrunkId, wanted(inputs, there))
        : await client.createSipOutboundTrunk(inputs.name, inputs.address, inputs.numbers, {
            transport: LIVEKIT_TRANSPORT[inputs.transport],
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
    return {
      ...state,
      name: trunk.name,
      address: trunk.address,
      numbers: sameSet(state.numbers, trunk.numbers),
    };
  },
  async update(id, _olds, news) {
    const there = await find(id, news.access);
    await withSipClient(news.access, (client) =>
      client.updateSipOutboundTrunk(id, wanted(news, there)),
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

async function find(id: string, access: LiveKitAccess): Promise<SIPOutboundTrunkInfo | undefined> {
  const all = await withSipClient(access, (client) => client.listSipOutboundTrunk());
  return all.find(({ sipTrunkId }) => sipTrunkId === id);
}

/** What others set on the trunk (headers, country) stays. */
function wanted(
  inputs: LiveKitOutboundTrunkInputs,
  there: SIPOutboundTrunkInfo | undefined,
): SIPOutboundTrunkInfo {
  const info = there ? there.clone() : new SIPOutboundTrunkInfo();
  info.name = inputs.name;
  info.address = inputs.address;
  info.transport = LIVEKIT_TRANSPORT[inputs.transport];
  info.numbers = inputs.numbers;
  info.authUsername = inputs.auth?.username ?? '';
  info.authPassword = inputs.auth?.password ?? '';
  info.mediaEncryption = LIVEKIT_MEDIA_ENCRYPTION[inputs.mediaEncryption];
  return info;
}
