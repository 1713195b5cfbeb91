import { cpus } from 'node:os';

/** How busy the whole machine was in a second. */
export interface CpuSample {
  /** Unix ms. */
  atMs: number;
  busyPct: number;
}

const EVERY_MS = 1_000;

/** Watches the processors of this machine, each second, until closed. */
export class MachineWatch {
  readonly samples: CpuSample[] = [];
  readonly cores = cpus().length;
  readonly #timer: NodeJS.Timeout;
  #last = times();

  constructor() {
    this.#timer = setInterval(() => {
      const now = times();
      const all = now.all - this.#last.all;
      const busyPct = all === 0 ? 0 : (100 * (now.busy - this.#last.busy)) / all;
      this.#last = now;
      this.samples.push({ atMs: Date.now(), busyPct });
    }, EVERY_MS);
  }

  close(): void {
    clearInterval(this.#timer);
  }
}

function times(): { busy: number; all: number } {
  let busy = 0;
  let all = 0;
  for (const { times: of } of cpus()) {
    const used = of.user + of.nice + of.sys + of.irq;
    busy += used;
    all += used + of.idle;
  }
  return { busy, all };
}
