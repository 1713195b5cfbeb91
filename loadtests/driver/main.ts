import { setPriority } from 'node:os';
import { configOrExit } from '@patchbay/common/env-config';
import { createLogger } from '@patchbay/common/logger';
import { Closers, runUntilSignal } from '@patchbay/common/shutdown';
import { loadDriverConfig } from './config.ts';
import { startDriver } from './driver.ts';

/** Before what is measured: callers' packets leave on time, however busy the stack on this machine is. */
const PRIORITY = -10;

try {
  setPriority(PRIORITY);
} catch {
  // Only root may. The driver tells when it was late.
}
const config = configOrExit(() => loadDriverConfig(process.env));
const log = createLogger({ service: 'call-driver', level: 'info', personalData: false });
const closers = new Closers(log);
runUntilSignal(closers, log);
const driver = await startDriver(config, log);
closers.add('driver', () => driver.close());
log.info({ port: driver.port }, 'listening');
