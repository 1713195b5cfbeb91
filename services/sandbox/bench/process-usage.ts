import { readdir, readFile } from 'node:fs/promises';

/** Clock ticks a second in /proc (sysconf _SC_CLK_TCK: 100 on every Linux that runs Node). */
const TICKS_PER_SECOND = 100;

export interface ProcessUsage {
  cpuSec: number;
  rssMb: number;
  /** Open files and sockets. */
  files: number;
}

/** Processor time, memory and open files of a process and all its descendants (Linux, proc(5)). */
export async function usageOf(rootPid: number): Promise<ProcessUsage> {
  const parents = new Map<number, number>();
  const cpu = new Map<number, number>();
  for (const name of await readdir('/proc')) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
    if (stat === undefined) continue;
    // The program's name, in brackets, may hold spaces.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    parents.set(pid, Number(fields[1]));
    cpu.set(pid, (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND);
  }
  const belongs = (pid: number): boolean =>
    pid === rootPid || (pid > 1 && belongs(parents.get(pid) ?? 0));
  const usage = { cpuSec: 0, rssMb: 0, files: 0 };
  for (const [pid, cpuSec] of cpu) {
    if (!belongs(pid)) continue;
    usage.cpuSec += cpuSec;
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
    usage.files += (await readdir(`/proc/${pid}/fd`).catch(() => [])).length;
    usage.rssMb += Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0) / 1_024;
  }
  return usage;
}
