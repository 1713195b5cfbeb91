import { ConfigError } from '@patchbay/common/env-config';
import { Health } from '@patchbay/common/health';
import { createLogger } from '@patchbay/common/logger';
import { startOpsServer } from '@patchbay/common/ops-server';
import { Closers, runUntilSignal } from '@patchbay/common/shutdown';
import { Registry } from 'prom-client';
import { loadBankConfig, type BankConfig } from './config.ts';
import { startBank } from './start-bank.ts';

function readConfig(): BankConfig {
  try {
    return loadBankConfig();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(2);
  }
}

const config = readConfig();
const log = createLogger({
  service: 'bank',
  level: config.LOG_LEVEL,
  personalData: config.LOG_PERSONAL_DATA === 'yes',
});
const closers = new Closers(log);
runUntilSignal(closers, log);

const health = new Health();
const bank = await startBank({ host: '127.0.0.1', port: config.BANK_PORT, log });
closers.add('bank', () => bank.close());
const ops = await startOpsServer({
  host: config.OPS_HOST,
  port: config.OPS_PORT,
  health,
  registry: new Registry(),
});
closers.add('ops server', () => ops.close());
log.info({ port: bank.port, opsPort: ops.port }, 'listening');
