import {
  AGENT_WORKER_NAME,
  dispatchMetadata,
  DOOR_ATTRIBUTE,
  trunkRoomPrefix,
} from '@patchbay/common/room-contract';
import { RoomAgentDispatch, RoomConfiguration, SipClient } from 'livekit-server-sdk';
import type { LiveKit } from './livekit-server.ts';

type ServerApi = Pick<LiveKit, 'httpUrl' | 'apiKey' | 'apiSecret'>;

/** `udp` of LiveKit's protocol (livekit_sip.proto); its server SDK does not export the enum. */
const UDP = 1;

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

/**
 * A way out for LiveKit SIP, over UDP.
 *
 * @param address `host:port` of whoever takes the calls
 * @returns LiveKit's id of the trunk
 */
export async function openOutboundTrunk(
  { httpUrl, apiKey, apiSecret }: ServerApi,
  address: string,
  numbers: readonly string[],
): Promise<string> {
  const client = new SipClient(httpUrl, apiKey, apiSecret);
  const trunk = await client.createSipOutboundTrunk('patchbay-local', address, [...numbers], {
    transport: UDP,
  });
  return trunk.sipTrunkId;
}
