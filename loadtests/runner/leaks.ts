import { usageOf, type ProcessUsage } from '@patchbay/sandbox/bench/process-usage';
import { holdings, untilNothingHeld, type Holdings } from '@patchbay/sandbox/stack/holdings';
import type { Stack } from '@patchbay/sandbox/stack/stack';
import type { Leaks } from './report.ts';

const PARTS = ['bridge', 'api', 'agent'] as const;
/** Ports rest for a second, rooms and job processes take some to go. */
const SETTLE_LIMIT_MS = 20_000;
/** Memory that a process may have more afterwards: heaps grow into what they are given. */
const RSS_GROWTH_MB = 100;

/** What a local stack holds at a moment when no call is up. */
export interface Base {
  holdings: Holdings;
  usage: Record<(typeof PARTS)[number], ProcessUsage>;
}

/** Wait until nothing is held, or for 20 s, and look. */
export async function lookAtRest(stack: Stack): Promise<Base> {
  const held = await untilNothingHeld(() => holdings(stack), SETTLE_LIMIT_MS);
  const usage = await Promise.all(
    PARTS.map(async (part) => [part, await usageOf(stack.service(part).pid)] as const),
  );
  return { holdings: held, usage: Object.fromEntries(usage) as Base['usage'] };
}

/** What is there after a run that was not there before. */
export function leaksBetween(before: Base, after: Base): Leaks {
  const held = (name: keyof Holdings) => Math.max(0, after.holdings[name] - before.holdings[name]);
  return {
    ports: held('bridgePorts') + held('bridgePortsResting'),
    rooms: Math.max(held('bridgeRooms'), held('livekitRooms')),
    sockets: Math.max(0, after.usage.bridge.udpSockets - before.usage.bridge.udpSockets),
    calls: held('bridgeCalls'),
    jobs: held('agentJobs'),
    participants: held('livekitParticipants'),
    rssMb: Object.fromEntries(
      PARTS.map((part) => [
        part,
        {
          before: Math.round(before.usage[part].rssMb),
          after: Math.round(after.usage[part].rssMb),
        },
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
