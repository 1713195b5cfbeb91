import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { RoomServiceClient } from 'livekit-server-sdk';
import { usageOf } from '../bench/process-usage.ts';
import type { Stack } from './stack.ts';

const LOOK_EVERY_MS = 250;

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
  bridgePortsResting: number;
  bridgeRooms: number;
  agentJobs: number;
  livekitRooms: number;
  livekitParticipants: number;
}

export const NOTHING_HELD: Holdings = {
  bridgeCalls: 0,
  bridgePorts: 0,
  bridgePortsResting: 0,
  bridgeRooms: 0,
  agentJobs: 0,
  livekitRooms: 0,
  livekitParticipants: 0,
};

/** Ask every part what it holds: LiveKit by its API, ours by their metrics. */
export async function holdings(stack: Stack): Promise<Holdings> {
  const { httpUrl, apiKey, apiSecret } = stack.livekit;
  const rooms = await new RoomServiceClient(httpUrl, apiKey, apiSecret).listRooms();
  const bridge = stack.opsUrl('bridge');
  return {
    bridgeCalls: await metric(bridge, 'patchbay_bridge_calls_active'),
    bridgePorts: await metric(bridge, 'patchbay_bridge_rtp_ports_used'),
    bridgePortsResting: await metric(bridge, 'patchbay_bridge_rtp_ports_resting'),
    bridgeRooms: await metric(bridge, 'patchbay_bridge_rooms_open'),
    agentJobs: await metric(stack.opsUrl('agent'), 'patchbay_agent_jobs_active'),
    livekitRooms: rooms.length,
    livekitParticipants: rooms.reduce((sum, room) => sum + room.numParticipants, 0),
  };
}

/** Look until nothing is held, or for as long as that may take. @returns the last look */
export async function untilNothingHeld<T extends object>(
  look: () => Promise<T>,
  limitMs: number,
): Promise<T> {
  const until = performance.now() + limitMs;
  for (;;) {
    const held = await look();
    if (isNothing(held) || performance.now() > until) return held;
    await delay(LOOK_EVERY_MS);
  }
}

/** Whether all that is counted is zero. */
export function isNothing(held: object): boolean {
  return Object.values(held).every((count) => count === 0);
}

/** What the operating system sees of the processes that hold calls. */
export interface Footprint {
  /** Open files and sockets of the bridge and its media workers. */
  bridgeFiles: number;
  /** Job processes of the agent worker, spare ones included. */
  agentChildren: number;
}

/** Look at the processes themselves (Linux /proc). */
export async function footprint(stack: Stack): Promise<Footprint> {
  return {
    bridgeFiles: (await usageOf(stack.service('bridge').pid)).files,
    agentChildren: await childProcesses(stack.service('agent').pid),
  };
}

async function childProcesses(pid: number): Promise<number> {
  let count = 0;
  for (const task of await readdir(`/proc/${pid}/task`)) {
    const children = await readFile(`/proc/${pid}/task/${task}/children`, 'utf8');
    count += children.split(' ').filter((child) => child !== '').length;
  }
  return count;
}
