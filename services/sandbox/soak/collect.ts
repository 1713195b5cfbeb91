import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { setTimeout as delay } from 'node:timers/promises';

const PRELOAD = fileURLToPath(new URL('./collect-on-signal.ts', import.meta.url));
/** For collecting, and for what was collected to be given back to the system. */
const COLLECT_MS = 1_500;

/** Environment of a service that {@link collectGarbage} is to reach; its children inherit it. */
export const COLLECTABLE: Readonly<Record<string, string>> = {
  NODE_OPTIONS: `--expose-gc --import=${PRELOAD}`,
};

/** Let a service and its children collect their garbage (Linux, proc(5)). */
export async function collectGarbage(pid: number): Promise<void> {
  for (const one of await family(pid)) process.kill(one, 'SIGUSR2');
  await delay(COLLECT_MS);
}

async function family(pid: number): Promise<number[]> {
  const found = [pid];
  for (const thread of await readdir(`/proc/${pid}/task`)) {
    const path = `/proc/${pid}/task/${thread}/children`;
    const children = await readFile(path, 'utf8').catch(() => '');
    for (const child of children.split(' ').filter((name) => name !== '')) {
      found.push(...(await family(Number(child))));
    }
  }
  return found;
}
