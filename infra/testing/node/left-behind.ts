import { readdir, readFile } from 'node:fs/promises';
import { mountsBelow } from './containerd.ts';
import type { NodeNetwork } from './node-network.ts';
import { runProgram } from './run-program.ts';

/**
 * What a node that is gone has left on this machine, in words; nothing if all is well.
 * @param folder of the control plane, with everything that belonged to the node
 */
export async function leftBehind(network: NodeNetwork, folder: string): Promise<string[]> {
  const [processes, mounts, links, namespaces, groups] = await Promise.all([
    processesOf(network.name, folder),
    mountsBelow(folder),
    runProgram('ip', '-brief', 'link'),
    runProgram('ip', 'netns', 'list'),
    controlGroups(network.name),
  ]);
  const devices = links.split('\n').filter((line) => line.includes(network.name.replace('-', '')));
  const named = namespaces.split('\n').filter((line) => line.includes(network.name));
  return [
    ...processes.map((words) => `process ${words}`),
    ...mounts.map((path) => `mount ${path}`),
    ...devices.map((line) => `network device ${line}`),
    ...named.map((line) => `network namespace ${line}`),
    ...groups.map((path) => `control group ${path}`),
  ];
}

/** Processes in the node's control groups, and those that were started with files of its folder. */
async function processesOf(name: string, folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) continue;
    // A process may end while it is looked at.
    const read = (file: string) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '');
    const [groups, words] = await Promise.all([read('cgroup'), read('cmdline')]);
    if (groups.includes(`/${name}/`) || words.includes(folder)) {
      found.push(`${pid}: ${words.replaceAll('\0', ' ').slice(0, 120)}`);
    }
  }
  return found;
}

async function controlGroups(name: string): Promise<string[]> {
  const top = '/sys/fs/cgroup';
  const found: string[] = [];
  for (const hierarchy of await readdir(top)) {
    const entries = await readdir(`${top}/${hierarchy}`).catch((): string[] => []);
    if (hierarchy === name || entries.includes(name)) found.push(`${top}/${hierarchy}`);
  }
  return found;
}
