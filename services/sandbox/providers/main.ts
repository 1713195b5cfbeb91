import { ConfigError } from '@patchbay/common/env-config';
import { Health } from '@patchbay/common/health';
import { createLogger } from '@patchbay/common/logger';
import { startOpsServer } from '@patchbay/common/ops-server';
import { Closers, runUntilSignal } from '@patchbay/common/shutdown';
import { Registry } from 'prom-client';
import { loadProvidersConfig, type ProvidersConfig } from './config.ts';
import { startProviders } from './start-providers.ts';

function readConfig(): ProvidersConfig {
  try {
    return loadProvidersConfig();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(2);
  }
}

const config = readConfig();
const log = createLogger({
  service: 'providers',
  level: config.LOG_LEVEL,
  personalData: config.LOG_PERSONAL_DATA === 'yes',
});
const closers = new Closers(log);
runUntilSignal(closers, log);

const health = new Health();
const providers = await startProviders({ host: '127.0.0.1', port: config.PROVIDERS_PORT, log });
closers.add('providers', () => providers.close());
const ops = await startOpsServer({
  host: config.OPS_HOST,
  port: config.OPS_PORT,
  health,
  registry: new Registry(),
});
closers.add('ops server', () => ops.close());
log.info({ port: providers.port, opsPort: ops.port }, 'listening');
