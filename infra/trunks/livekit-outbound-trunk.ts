import { SIPOutboundTrunkInfo } from 'livekit-server-sdk';
import { LIVEKIT_TRANSPORT, type SipTransport } from './livekit-enums.ts';
import {
  livekitResource,
  sameSet,
  securityFields,
  TRUNK,
  type LiveKitInputs,
  type TrunkOutputs,
  type TrunkSecurity,
} from './livekit-resource.ts';

/** A trunk over which LiveKit SIP calls out. */
export interface LiveKitOutboundTrunkInputs extends LiveKitInputs, TrunkSecurity {
  /** Host, and port if it isn't the transport's own. */
  address: string;
  transport: SipTransport;
  /** Numbers that may be shown to the called. */
  numbers: string[];
}

/** LiveKit SIP outbound trunk: create or adopt by name, replace its fields, delete. */
export const livekitOutboundTrunk = livekitResource<
  LiveKitOutboundTrunkInputs,
  TrunkOutputs,
  SIPOutboundTrunkInfo
>({
  ...TRUNK,
  list: (client) => client.listSipOutboundTrunk(),
  make: (client, inputs) =>
    client.createSipOutboundTrunk(inputs.name, inputs.address, inputs.numbers, {
      transport: LIVEKIT_TRANSPORT[inputs.transport],
      ...securityFields(inputs),
    }),
  replace: (client, id, info) => client.updateSipOutboundTrunk(id, info),
  wanted(inputs, there) {
    const { name, address, numbers } = inputs;
    const info = there ? there.clone() : new SIPOutboundTrunkInfo();
    const transport = LIVEKIT_TRANSPORT[inputs.transport];
    return Object.assign(info, { name, address, transport, numbers, ...securityFields(inputs) });
  },
  live: (state, trunk) => ({
    ...state,
    name: trunk.name,
    address: trunk.address,
    numbers: sameSet(state.numbers, trunk.numbers),
  }),
});
