import { ConfigError } from '@patchbay/common/env-config';
import { Health } from '@patchbay/common/health';
import { createLogger } from '@patchbay/common/logger';
import { startOpsServer } from '@patchbay/common/ops-server';
import { Closers, runUntilSignal } from '@patchbay/common/shutdown';
import { Registry } from 'prom-client';
import { loadEdgeConfig, type EdgeConfig } from './config.ts';
import { startSipEdge } from './edge.ts';
import { registerEdgeMetrics } from './metrics.ts';

function readConfig(): EdgeConfig {
  try {
    return loadEdgeConfig();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(2);
  }
}

const config = readConfig();
const log = createLogger({
  service: 'sip-edge',
  level: config.LOG_LEVEL,
  personalData: config.LOG_PERSONAL_DATA === 'yes',
});
const closers = new Closers(log);
runUntilSignal(closers, log);
const { EDGE_NODE_ADDRESS: nodeAddress } = config;
const reach = nodeAddress ? 'for a test cluster' : 'loopback only';
log.info(`this is a development stand-in for drachtio-server: ${reach}, no proxying`);

const edge = await startSipEdge({
  sipHost: nodeAddress ?? config.EDGE_SIP_HOST,
  beyondLoopback: nodeAddress !== undefined,
  sipPort: config.EDGE_SIP_PORT,
  ...(config.EDGE_SIP_TLS_PORT === undefined ? {} : { sipTlsPort: config.EDGE_SIP_TLS_PORT }),
  appHost: '127.0.0.1',
  appPort: config.EDGE_APP_PORT,
  secret: config.EDGE_SECRET,
  log,
});
closers.add('sip edge', () => edge.close());
const registry = new Registry();
registerEdgeMetrics(registry, () => edge.status());
const ops = await startOpsServer({
  host: config.OPS_HOST,
  port: config.OPS_PORT,
  health: new Health(),
  registry,
});
closers.add('ops server', () => ops.close());
const { sipPort, sipTlsPort, appPort } = edge;
log.info({ sipPort, sipTlsPort, appPort, opsPort: ops.port }, 'listening');
