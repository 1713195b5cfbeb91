import { usageOf } from '@patchbay/sandbox/bench/process-usage';
import { holdings, type Holdings } from '@patchbay/sandbox/stack/holdings';
import type { Stack } from '@patchbay/sandbox/stack/stack';
import type { Leaks } from './report.ts';

const PARTS = ['bridge', 'api', 'agent'] as const;
/** Ports rest for a second, rooms and job processes take some to go. */
const SETTLE_LIMIT_MS = 20_000;
const LOOK_EVERY_MS = 250;
/** Memory that a process may have more afterwards: heaps grow into what they are given. */
export const RSS_GROWTH_MB = 100;

/** What a local stack holds at a moment when no call is up. */
export interface Base {
  holdings: Holdings;
  sockets: number;
  rssMb: Record<(typeof PARTS)[number], number>;
}

/** Wait until nothing is held, or for 20 s, and look. */
export async function lookAtRest(stack: Stack): Promise<Base> {
  const until = Date.now() + SETTLE_LIMIT_MS;
  for (;;) {
    const held = await holdings(stack);
    if (Object.values(held).every((count) => count === 0) || Date.now() > until) {
      const { udpSockets: sockets } = await usageOf(stack.service('bridge').pid);
      return { holdings: held, sockets, rssMb: await memory(stack) };
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

/** What is there after a run that was not there before. */
export function leaksBetween(before: Base, after: Base): Leaks {
  const held = (name: keyof Holdings) => Math.max(0, after.holdings[name] - before.holdings[name]);
  return {
    ports: held('bridgePorts') + held('bridgePortsResting'),
    rooms: Math.max(held('bridgeRooms'), held('livekitRooms')),
    sockets: Math.max(0, after.sockets - before.sockets),
    calls: held('bridgeCalls'),
    jobs: held('agentJobs'),
    participants: held('livekitParticipants'),
    rssMb: Object.fromEntries(
      PARTS.map((part) => [
        part,
        { before: Math.round(before.rssMb[part]), after: Math.round(after.rssMb[part]) },
      ]),
    ),
  };
}

/** In words what is left; empty if nothing is. */
export function leakFaults(leaks: Leaks): string[] {
  const { rssMb, ...counts } = leaks;
  const left = Object.entries(counts).filter(([, count]) => count > 0);
  const grown = Object.entries(rssMb).filter(
    ([part, { before, after }]) => part !== 'agent' && after - before > RSS_GROWTH_MB,
  );
  return [
    ...left.map(([what, count]) => `${count} ${what} left behind`),
    ...grown.map(
      ([part, { before, after }]) => `memory of ${part} grew from ${before} to ${after} MB`,
    ),
  ];
}

async function memory(stack: Stack): Promise<Base['rssMb']> {
  const entries = await Promise.all(
    PARTS.map(async (part) => [part, (await usageOf(stack.service(part).pid)).rssMb] as const),
  );
  return Object.fromEntries(entries) as Base['rssMb'];
}
