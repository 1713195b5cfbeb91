import type { Logger } from '@patchbay/common/logger';
import { createEngine } from '../room/engines.ts';
import type { RoomEngine } from '../room/link.ts';
import { MediaClock } from '../rtp/clock.ts';
import { bindRtpPair } from '../rtp/socket.ts';
import { LocalSeat } from './local-seat.ts';
import { MediaWorkers } from './media-workers.ts';
import type { WorkerSettings } from './messages.ts';
import type { MediaSeat } from './seat.ts';
import { RtpTally, type RtpReport } from './tally.ts';

const FLUSH_EVERY_MS = 1_000;

export interface SeatSourceOptions {
  /** Media workers; 0 handles all audio in this process. */
  workers: number;
  settings: WorkerSettings;
  /** An engine for this process, with 0 workers; the one in the settings by default. */
  engine?: RoomEngine | undefined;
  log: Logger;
  /** What was counted in all processes since the last report. */
  report: (report: RtpReport) => void;
}

/** Where seats come from, and what is known of the workers. */
export interface SeatSource {
  /** @throws if the port can't be bound */
  bind(port: number): Promise<MediaSeat>;
  /** Report what was counted in this process; workers report by themselves. */
  flush(): void;
  readonly workers: Pick<MediaWorkers, 'alive' | 'died' | 'moved' | 'loads' | 'usage'> | undefined;
  close(): Promise<void>;
}

/** @throws if a worker does not come up */
export async function startSeats(options: SeatSourceOptions): Promise<SeatSource> {
  const { workers: count, settings, log, report } = options;
  if (count > 0) {
    const workers = await MediaWorkers.start({ count, settings, log, report });
    return {
      bind: (port) => workers.bind(port),
      flush: () => undefined,
      workers,
      close: () => workers.close(),
    };
  }
  const tally = new RtpTally();
  const flush = () => report(tally.take());
  // Also where nobody asks for the figures.
  const timer = setInterval(flush, FLUSH_EVERY_MS);
  const clock = new MediaClock({ lag: tally.clockLag });
  const around = {
    engine: options.engine ?? (await createEngine(settings.engine, log, clock.toRooms)),
    clock,
    counters: tally,
    latch: settings.latch,
  };
  return {
    bind: async (port) => new LocalSeat(await bindRtpPair(settings.bindAddress, port), around),
    flush,
    workers: undefined,
    close: () => {
      clearInterval(timer);
      flush();
      return Promise.resolve();
    },
  };
}
