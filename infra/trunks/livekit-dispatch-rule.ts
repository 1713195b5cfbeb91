import {
  RoomAgentDispatch,
  RoomConfiguration,
  SIPDispatchRule,
  SIPDispatchRuleIndividual,
  SIPDispatchRuleInfo,
} from 'livekit-server-sdk';
import {
  AGENT_WORKER_NAME,
  DOOR_ATTRIBUTE,
  dispatchMetadata,
  parseDispatchMetadata,
  trunkRoomPrefix,
} from '@patchbay/common/room-contract';
import { livekitResource, sameSet, type LiveKitInputs } from './livekit-resource.ts';

/** Which agent answers the calls of some trunks: each caller gets a room of its own. */
export interface LiveKitDispatchRuleInputs extends LiveKitInputs {
  /** LiveKit's ids of the inbound trunks. */
  trunkIds: string[];
  agent: string;
}

type Outputs = { ruleId: string };

/** LiveKit SIP dispatch rule: create or adopt by name, replace its fields, delete. */
export const livekitDispatchRule = livekitResource<
  LiveKitDispatchRuleInputs,
  Outputs,
  SIPDispatchRuleInfo
>({
  list: (client) => client.listSipDispatchRule(),
  idOf: ({ sipDispatchRuleId }) => sipDispatchRuleId,
  make: (client, inputs) =>
    client.createSipDispatchRule(
      { type: 'individual', roomPrefix: trunkRoomPrefix(inputs.agent) },
      {
        name: inputs.name,
        trunkIds: inputs.trunkIds,
        attributes: { [DOOR_ATTRIBUTE]: 'trunk' },
        roomConfig: roomConfig(inputs.agent),
      },
    ),
  replace: (client, id, info) => client.updateSipDispatchRule(id, info),
  remove: (client, id) => client.deleteSipDispatchRule(id),
  wanted,
  live: (state, rule) => ({
    ...state,
    name: rule.name,
    trunkIds: sameSet(state.trunkIds, rule.trunkIds),
    agent: parseDispatchMetadata(rule.roomConfig?.agents[0]?.metadata ?? '') ?? '',
  }),
  outputs: (ruleId) => ({ ruleId }),
});

/** The same dispatch that the API and the bridge put into their tokens. */
function roomConfig(agent: string): RoomConfiguration {
  return new RoomConfiguration({
    agents: [
      new RoomAgentDispatch({ agentName: AGENT_WORKER_NAME, metadata: dispatchMetadata(agent) }),
    ],
  });
}

/** What others set on the rule (hidden numbers, presets) stays. */
function wanted(
  inputs: LiveKitDispatchRuleInputs,
  there: SIPDispatchRuleInfo | undefined,
): SIPDispatchRuleInfo {
  const info = there ? there.clone() : new SIPDispatchRuleInfo();
  info.name = inputs.name;
  info.trunkIds = inputs.trunkIds;
  info.rule = new SIPDispatchRule({
    rule: {
      case: 'dispatchRuleIndividual',
      value: new SIPDispatchRuleIndividual({ roomPrefix: trunkRoomPrefix(inputs.agent) }),
    },
  });
  info.attributes = { ...info.attributes, [DOOR_ATTRIBUTE]: 'trunk' };
  info.roomConfig = roomConfig(inputs.agent);
  return info;
}
