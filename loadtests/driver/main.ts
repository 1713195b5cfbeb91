import { configOrExit } from '@patchbay/common/env-config';
import { createLogger } from '@patchbay/common/logger';
import { Closers, runUntilSignal } from '@patchbay/common/shutdown';
import { loadDriverConfig } from './config.ts';
import { startDriver } from './driver.ts';

const config = configOrExit(() => loadDriverConfig(process.env));
const log = createLogger({ service: 'call-driver', level: 'info', personalData: false });
const closers = new Closers(log);
runUntilSignal(closers, log);
const driver = await startDriver(config, log);
closers.add('driver', () => driver.close());
log.info({ port: driver.port }, 'listening');
