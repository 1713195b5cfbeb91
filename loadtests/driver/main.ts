import { ConfigError } from '@patchbay/common/env-config';
import { createLogger } from '@patchbay/common/logger';
import { Closers, runUntilSignal } from '@patchbay/common/shutdown';
import { loadDriverConfig, type DriverConfig } from './config.ts';
import { startDriver } from './driver.ts';

function readConfig(): DriverConfig {
  try {
    return loadDriverConfig(process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(2);
  }
}

const config = readConfig();
const log = createLogger({ service: 'call-driver', level: 'info', personalData: false });
const closers = new Closers(log);
runUntilSignal(closers, log);
const driver = await startDriver(config, log);
closers.add('driver', () => driver.close());
log.info({ port: driver.port }, 'listening');
