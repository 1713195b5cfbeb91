import { createLogger } from '@patchbay/common/logger';
import { createEngine } from '../room/engines.ts';
import { MediaClock } from '../rtp/clock.ts';
import { bindRtpPair } from '../rtp/socket.ts';
import type { FromWorker, ToWorker, WorkerSettings } from './messages.ts';
import { SeatHost } from './seat-host.ts';
import { RtpTally } from './tally.ts';
import { measureUsage } from './worker-usage.ts';

/**
 * A media worker: the audio of a slice of the calls, in a process of its own. The signalling process
 * starts it and leads it by messages; when that is gone, so is this.
 */

/** How much is lost for metrics, and repeated for a phone, if this process dies. */
const REPORT_EVERY_MS = 500;
const USAGE_EVERY_MS = 5_000;
const CLOSE_LIMIT_MS = 3_000;

const send = (message: FromWorker) => {
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
};
let closing = false;

async function start(settings: WorkerSettings): Promise<void> {
  const log = createLogger({ service: 'bridge', ...settings.log }).child({ worker: process.pid });
  const tally = new RtpTally();
  const clock = new MediaClock({ lag: tally.clockLag });
  const host = new SeatHost({
    around: {
      engine: await createEngine(settings.engine, log, clock.toRooms),
      clock,
      counters: tally,
      latch: settings.latch,
    },
    bind: (port) => bindRtpPair(settings.bindAddress, port),
    send,
  });
  const report = () => send({ kind: 'progress', seats: host.places, report: tally.take() });
  setInterval(report, REPORT_EVERY_MS);
  const usage = measureUsage();
  const tellUsage = () => send({ kind: 'usage', usage: usage() });
  setInterval(tellUsage, USAGE_EVERY_MS);
  process.on('message', (message: ToWorker) => {
    if (message.kind === 'close') close();
    else host.receive(message);
  });
  const close = () => {
    if (closing) return;
    closing = true;
    setTimeout(() => process.exit(1), CLOSE_LIMIT_MS);
    void host.close().then(() => {
      report();
      tellUsage();
      if (process.connected) process.disconnect();
      process.exit(0);
    });
  };
  process.on('disconnect', close);
  send({ kind: 'ready' });
  tellUsage();
}

process.once('message', (message: ToWorker) => {
  if (message.kind === 'settings') void start(message.settings);
});
// Signals go to the whole group; when to end is the signalling process's to say.
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => undefined);
