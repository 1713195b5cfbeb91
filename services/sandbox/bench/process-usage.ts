import { readdir, readFile, readlink } from 'node:fs/promises';

/** Clock ticks a second in /proc (sysconf _SC_CLK_TCK: 100 on every Linux that runs Node). */
const TICKS_PER_SECOND = 100;
/** Of /proc/net/udp. */
const INODE_COLUMN = 9;

export interface ProcessUsage {
  cpuSec: number;
  rssMb: number;
  /**
   * Open files and sockets, without those below /proc: whoever looks at another process there, as the
   * agents' framework does, may keep its file for a minute after the other has ended.
   */
  files: number;
  /** Those of the sockets that are UDP: what carries calls' sound. Node opens and closes TCP as it likes. */
  udpSockets: number;
}

/**
 * Processor time, memory and open files of a process and all its descendants (Linux, proc(5)).
 * @param scope `alone` leaves the descendants out
 */
export async function usageOf(
  rootPid: number,
  scope: 'family' | 'alone' = 'family',
): Promise<ProcessUsage> {
  const all = await processes();
  const members = scope === 'alone' ? [rootPid] : familyIn(all, rootPid);
  const usage = { cpuSec: 0, rssMb: 0, files: 0, udpSockets: 0 };
  const udp = await udpInodes();
  for (const pid of members) {
    usage.cpuSec += all.get(pid)?.cpuSec ?? 0;
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
    const links = await openFiles(pid);
    usage.files += links.filter((link) => !link.startsWith('/proc/')).length;
    usage.udpSockets += links.filter((link) => udp.has(link)).length;
    usage.rssMb += Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0) / 1_024;
  }
  return usage;
}

/** A process and all its descendants, those that have not ended. */
export async function familyOf(rootPid: number): Promise<number[]> {
  return familyIn(await processes(), rootPid);
}

interface ProcessStat {
  parentPid: number;
  cpuSec: number;
}

async function processes(): Promise<Map<number, ProcessStat>> {
  const found = new Map<number, ProcessStat>();
  for (const name of await readdir('/proc')) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
    if (stat === undefined) continue;
    // The program's name, in brackets, may hold spaces.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const cpuSec = (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
    found.set(pid, { parentPid: Number(fields[1]), cpuSec });
  }
  return found;
}

function familyIn(all: ReadonlyMap<number, ProcessStat>, rootPid: number): number[] {
  const belongs = (pid: number): boolean =>
    pid === rootPid || (pid > 1 && belongs(all.get(pid)?.parentPid ?? 0));
  return [...all.keys()].filter(belongs);
}

/** What a process's file descriptors point at; none if it has ended. */
async function openFiles(pid: number): Promise<string[]> {
  const folder = `/proc/${pid}/fd`;
  const names = await readdir(folder).catch(() => []);
  return Promise.all(names.map((name) => readlink(`${folder}/${name}`).catch(() => '')));
}

/** This machine's UDP sockets, as file descriptors point at them. */
async function udpInodes(): Promise<Set<string>> {
  const found = new Set<string>();
  for (const table of ['udp', 'udp6']) {
    const text = await readFile(`/proc/net/${table}`, 'utf8').catch(() => '');
    for (const line of text.split('\n').slice(1)) {
      found.add(`socket:[${line.trim().split(/\s+/)[INODE_COLUMN]}]`);
    }
  }
  return found;
}
