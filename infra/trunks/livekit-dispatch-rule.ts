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
} from '@patchbay/common/room-contract';
import { isGone, withSipClient, type LiveKitAccess } from './livekit-client.ts';
import { sameSet } from './livekit-inbound-trunk.ts';
import type { Operations } from './operations-type.ts';

/** Which agent answers the calls of some trunks: each caller gets a room of its own. */
export interface LiveKitDispatchRuleInputs {
  access: LiveKitAccess;
  /** Unique; a rule of this name that is there already is adopted. */
  name: string;
  /** LiveKit's ids of the inbound trunks. */
  trunkIds: string[];
  agent: string;
}

type Outputs = { ruleId: string };

/** LiveKit SIP dispatch rule: create or adopt by name, replace its fields, delete. */
export const livekitDispatchRule: Operations<LiveKitDispatchRuleInputs, Outputs> = {
  replaceOn: [],
  async create(inputs) {
    return withSipClient(inputs.access, async (client) => {
      const there = (await client.listSipDispatchRule()).find(({ name }) => name === inputs.name);
      const made = there
        ? await client.updateSipDispatchRule(there.sipDispatchRuleId, wanted(inputs, there))
        : await client.createSipDispatchRule(
            { type: 'individual', roomPrefix: roomPrefix(inputs.agent) },
            {
              name: inputs.name,
              trunkIds: inputs.trunkIds,
              attributes: { [DOOR_ATTRIBUTE]: 'trunk' },
              roomConfig: roomConfig(inputs.agent),
            },
          );
      return {
        id: made.sipDispatchRuleId,
        outs: { ...inputs, ruleId: made.sipDispatchRuleId },
      };
    });
  },
  async read(id, state) {
    const rule = await find(id, state.access);
    if (!rule) return undefined;
    const metadata = rule.roomConfig?.agents[0]?.metadata ?? '';
    return {
      ...state,
      name: rule.name,
      trunkIds: sameSet(state.trunkIds, rule.trunkIds),
      agent: parseDispatchMetadata(metadata) ?? '',
    };
  },
  async update(id, _olds, news) {
    const there = await find(id, news.access);
    await withSipClient(news.access, (client) =>
      client.updateSipDispatchRule(id, wanted(news, there)),
    );
    return { ...news, ruleId: id };
  },
  async delete(id, state) {
    try {
      await withSipClient(state.access, (client) => client.deleteSipDispatchRule(id));
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  },
};

async function find(id: string, access: LiveKitAccess): Promise<SIPDispatchRuleInfo | undefined> {
  const all = await withSipClient(access, (client) => client.listSipDispatchRule());
  return all.find(({ sipDispatchRuleId }) => sipDispatchRuleId === id);
}

function roomPrefix(agent: string): string {
  return `trunk-${agent}`;
}

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
      value: new SIPDispatchRuleIndividual({ roomPrefix: roomPrefix(inputs.agent) }),
    },
  });
  info.attributes = { ...info.attributes, [DOOR_ATTRIBUTE]: 'trunk' };
  info.roomConfig = roomConfig(inputs.agent);
  return info;
}
