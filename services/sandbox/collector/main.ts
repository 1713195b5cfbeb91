import { ConfigError } from '@patchbay/common/env-config';
import { createLogger } from '@patchbay/common/logger';
import { Closers, runUntilSignal } from '@patchbay/common/shutdown';
import { loadCollectorConfig, type CollectorConfig } from './config.ts';
import { SpanFile } from './span-file.ts';
import { startCollector } from './start-collector.ts';

function readConfig(): CollectorConfig {
  try {
    return loadCollectorConfig();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(2);
  }
}

const config = readConfig();
const log = createLogger({
  service: 'collector',
  level: config.LOG_LEVEL,
  personalData: config.LOG_PERSONAL_DATA === 'yes',
});
const closers = new Closers(log);
runUntilSignal(closers, log);
const file = new SpanFile(config.COLLECTOR_DIR);
const collector = await startCollector({ port: config.COLLECTOR_PORT, file, log });
closers.add('collector', () => collector.close());
log.info({ port: collector.port, standIn: true }, 'listening');
