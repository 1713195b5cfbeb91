import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { watch } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../../..');
const AGENT = join(ROOT, 'services/agent');
/** An editor saves a file in several steps. */
const SETTLE_MS = 300;

/** Whether a file, named as seen from the agent's folder, is part of what the worker runs. */
export function isSource(file: string): boolean {
  return file.endsWith('.ts') && !/(^|\/)(dist|testing|node_modules)\/|\.test\.ts$/.test(file);
}

/**
 * Bundle the agents anew whenever a source of theirs is saved. The worker reads them again by itself
 * (`AGENT_RELOAD`): the next call gets them, calls that live keep what they have.
 */
export function rebuildAgents(print: (text: string) => void): { close(): Promise<void> } {
  let timer: NodeJS.Timeout | undefined;
  let building: Promise<void> | undefined;
  let changed = false;

  const build = async (): Promise<void> => {
    while (changed) {
      changed = false;
      // What live calls run stays where it is.
      const vite = spawn(
        'vite',
        ['build', AGENT, '--emptyOutDir', 'false', '--logLevel', 'error'],
        {
          cwd: ROOT,
          stdio: ['ignore', 'inherit', 'inherit'],
        },
      );
      const [status] = (await once(vite, 'exit')) as [number | null];
      print(status === 0 ? 'Agents bundled anew.' : 'The agents can not be bundled, see above.');
    }
    building = undefined;
  };

  const watcher = watch(AGENT, { recursive: true }, (_event, file) => {
    if (file === null || !isSource(file)) return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      changed = true;
      building ??= build();
    }, SETTLE_MS);
  });
  return {
    close: async () => {
      watcher.close();
      clearTimeout(timer);
      await building;
    },
  };
}
