import type { Stack } from '../stack/stack.ts';
import { usageOf } from './process-usage.ts';

/** Those that outlive calls. A call's job process ends with it and is counted elsewhere. */
const PROCESSES = ['agent', 'api', 'bridge', 'livekit'] as const;
export type ProcessName = (typeof PROCESSES)[number];

/** Memory and open files of a process while no call is up. */
export interface AtRest {
  rssMb: number;
  files: number;
}
export type Look = Record<ProcessName, AtRest>;

/**
 * What a process may have more at the end than after the first tenth of the calls. A heap at rest
 * wanders by 20 to 30 MB with what its collector has not tidied yet; half a megabyte kept of each of
 * 180 calls, less than one call's sound of twenty seconds at 16 kHz, would be 90 MB.
 */
export const MOST_GROWTH_MB = 40;
/** Connections that HTTP keeps alive come and go; one socket kept of each call would be 180. */
export const SPARE_FILES = 4;

/** Look at every process that outlives calls. The agent's is the worker alone, without jobs. */
export async function lookAtProcesses(stack: Stack): Promise<Look> {
  const at = async (pid: number, scope: 'family' | 'alone'): Promise<AtRest> => {
    const { rssMb, files } = await usageOf(pid, scope);
    return { rssMb: Math.round(rssMb), files };
  };
  return {
    agent: await at(stack.service('agent').pid, 'alone'),
    api: await at(stack.service('api').pid, 'family'),
    // With its media workers, which live as long as it.
    bridge: await at(stack.service('bridge').pid, 'family'),
    livekit: await at(stack.livekit.pid, 'alone'),
  };
}

/** A table for a person: each process after the first tenth of the calls and at the end. */
export function growthTable(first: Look, last: Look): string[][] {
  return [
    ['', 'memory then', 'at the end', 'open files then', 'at the end'],
    ...PROCESSES.map((name) => [
      name,
      `${first[name].rssMb} MB`,
      `${last[name].rssMb} MB`,
      String(first[name].files),
      String(last[name].files),
    ]),
  ];
}

/** In words what has grown over its bound; empty if nothing has. */
export function growthFaults(first: Look, last: Look): string[] {
  return PROCESSES.flatMap((name) => {
    const before = first[name];
    const after = last[name];
    const faults: string[] = [];
    if (after.rssMb > before.rssMb + MOST_GROWTH_MB)
      faults.push(`memory of ${name} grew from ${before.rssMb} to ${after.rssMb} MB`);
    if (after.files > before.files + SPARE_FILES)
      faults.push(`open files of ${name} grew from ${before.files} to ${after.files}`);
    return faults;
  });
}
