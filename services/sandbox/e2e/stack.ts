import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '@patchbay/common/logger';
import { RoomServiceClient } from 'livekit-server-sdk';
import { Stack, type StackOptions } from '../stack/stack.ts';

/** A stack of its own for a test, with its logs in a temporary folder that stays if it does not start. */
export async function startTestStack(
  options: Partial<StackOptions> = {},
): Promise<{ stack: Stack; close: () => Promise<void> }> {
  const runDir = await mkdtemp(join(tmpdir(), 'patchbay-e2e-'));
  const stack = await Stack.start({ runDir, ...options });
  const close = async () => {
    await stack.close();
    await rm(runDir, { recursive: true, force: true });
  };
  return { stack, close };
}

export const testLog = silentLogger();

/** The value of a metric without labels, or the sum over its labels. @throws Error when there is none */
export async function metric(opsUrl: string, name: string): Promise<number> {
  const text = await (await fetch(`${opsUrl}/metrics`)).text();
  const lines = text
    .split('\n')
    .filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`));
  if (lines.length === 0) throw new Error(`${opsUrl}/metrics has no ${name}`);
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}

/** What is still held for calls, over all parts. All zero when no call is up. */
export interface Holdings {
  bridgeCalls: number;
  bridgePorts: number;
  bridgeRooms: number;
  agentJobs: number;
  livekitRooms: number;
  livekitParticipants: number;
}

export const NOTHING_HELD: Holdings = {
  bridgeCalls: 0,
  bridgePorts: 0,
  bridgeRooms: 0,
  agentJobs: 0,
  livekitRooms: 0,
  livekitParticipants: 0,
};

export async function holdings(stack: Stack): Promise<Holdings> {
  const { livekit } = stack;
  const rooms = await new RoomServiceClient(
    livekit.httpUrl,
    livekit.apiKey,
    livekit.apiSecret,
  ).listRooms();
  const bridge = stack.opsUrl('bridge');
  return {
    bridgeCalls: await metric(bridge, 'patchbay_bridge_calls_active'),
    bridgePorts: await metric(bridge, 'patchbay_bridge_rtp_ports_used'),
    bridgeRooms: await metric(bridge, 'patchbay_bridge_rooms_open'),
    agentJobs: await metric(stack.opsUrl('agent'), 'patchbay_agent_jobs_active'),
    livekitRooms: rooms.length,
    livekitParticipants: rooms.reduce((sum, room) => sum + room.numParticipants, 0),
  };
}
