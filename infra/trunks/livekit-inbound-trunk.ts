import { SIPInboundTrunkInfo } from 'livekit-server-sdk';
import { LIVEKIT_MEDIA_ENCRYPTION, type MediaEncryption } from './livekit-enums.ts';
import {
  livekitResource,
  sameSet,
  securityFields,
  TRUNK,
  type LiveKitInputs,
  type TrunkOutputs,
  type TrunkSecurity,
} from './livekit-resource.ts';

/** A trunk over which callers reach LiveKit SIP. */
export interface LiveKitInboundTrunkInputs extends LiveKitInputs, TrunkSecurity {
  /** Called numbers in E.164. */
  numbers: string[];
  /** Addresses and CIDRs that INVITEs may come from; empty allows all. */
  allowedAddresses: string[];
}

type State = LiveKitInboundTrunkInputs & TrunkOutputs;

/** LiveKit SIP inbound trunk: create or adopt by name, replace its fields, delete. */
export const livekitInboundTrunk = livekitResource<
  LiveKitInboundTrunkInputs,
  TrunkOutputs,
  SIPInboundTrunkInfo
>({
  ...TRUNK,
  list: (client) => client.listSipInboundTrunk(),
  make: (client, inputs) =>
    client.createSipInboundTrunk(inputs.name, inputs.numbers, {
      allowedAddresses: inputs.allowedAddresses,
      ...securityFields(inputs),
    }),
  replace: (client, id, info) => client.updateSipInboundTrunk(id, info),
  wanted(inputs, there) {
    const { name, numbers, allowedAddresses } = inputs;
    const info = there ? there.clone() : new SIPInboundTrunkInfo();
    return Object.assign(info, { name, numbers, allowedAddresses, ...securityFields(inputs) });
  },
  live(state, trunk) {
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
});
