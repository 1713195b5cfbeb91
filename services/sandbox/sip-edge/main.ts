import { Registry } from 'prom-client';
import { beginStandIn } from '../stand-in.ts';
import { loadEdgeConfig } from './config.ts';
import { startSipEdge } from './edge.ts';
import { registerEdgeMetrics } from './metrics.ts';

const { config, log, closers, serveOps } = beginStandIn('sip-edge', loadEdgeConfig);
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
const opsPort = await serveOps(registry);
const { sipPort, sipTlsPort, appPort } = edge;
log.info({ sipPort, sipTlsPort, appPort, opsPort }, 'listening');
