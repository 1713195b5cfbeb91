import {
  AGENT_WORKER_NAME,
  dispatchMetadata,
  DOOR_ATTRIBUTE,
  trunkRoomPrefix,
} from '@patchbay/common/room-contract';
import { RoomAgentDispatch, RoomConfiguration, SipClient } from 'livekit-server-sdk';
import type { LiveKit } from './livekit-server.ts';

type ServerApi = Pick<LiveKit, 'httpUrl' | 'apiKey' | 'apiSecret'>;

/**
 * Tell LiveKit SIP which agent answers which number: a trunk and a dispatch rule for each agent, the
 * same that the Pulumi program makes (infra/trunks; a test there compares them).
 *
 * @param numbers called number → agent
 */
export async function openTrunks(
  { httpUrl, apiKey, apiSecret }: ServerApi,
  numbers: Readonly<Record<string, string>>,
): Promise<void> {
  const client = new SipClient(httpUrl, apiKey, apiSecret);
  for (const agent of new Set(Object.values(numbers))) {
    const name = `patchbay-local-${agent}`;
    const called = Object.keys(numbers).filter((number) => numbers[number] === agent);
    const trunk = await client.createSipInboundTrunk(name, called);
    await client.createSipDispatchRule(
      { type: 'individual', roomPrefix: trunkRoomPrefix(agent) },
      {
        name,
        trunkIds: [trunk.sipTrunkId],
        attributes: { [DOOR_ATTRIBUTE]: 'trunk' },
        roomConfig: new RoomConfiguration({
          agents: [
            new RoomAgentDispatch({
              agentName: AGENT_WORKER_NAME,
              metadata: dispatchMetadata(agent),
            }),
          ],
        }),
      },
    );
  }
}
