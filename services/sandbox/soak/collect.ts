import { fileURLToPath } from 'node:url';
import { setTimeout as delay } from 'node:timers/promises';
import { familyOf } from '../bench/process-usage.ts';

const PRELOAD = fileURLToPath(new URL('./collect-on-signal.ts', import.meta.url));
/** For collecting, and for what was collected to be given back to the system. */
const COLLECT_MS = 1_500;

/** Environment of a service that {@link collectGarbage} is to reach; its children inherit it. */
export const COLLECTABLE: Readonly<Record<string, string>> = {
  NODE_OPTIONS: `--expose-gc --import=${PRELOAD}`,
};

/** Let a service and its children collect their garbage (Linux, proc(5)). */
export async function collectGarbage(pid: number): Promise<void> {
  for (const one of await familyOf(pid)) process.kill(one, 'SIGUSR2');
  await delay(COLLECT_MS);
}
