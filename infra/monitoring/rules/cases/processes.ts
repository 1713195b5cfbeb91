import { constant, growing, type AlertCase } from './case.ts';

const MIB = 1024 * 1024;
const memory = (growthPerMinute: number) => ({
  'process_resident_memory_bytes{part="bridge",namespace="n",pod="a"}': `${200 * MIB}+${growthPerMinute * MIB}xALWAYS`,
  'kube_pod_container_resource_limits{resource="memory",namespace="n",pod="a",container="bridge"}':
    constant(1_024 * MIB),
});
const certificate = (days: number) => ({
  'certmanager_certificate_expiration_timestamp_seconds{namespace="n",name="sip"}': constant(
    days * 86_400,
  ),
});

export const PROCESS_CASES: Readonly<Record<string, AlertCase>> = {
  EventLoopLate: {
    after: '10m',
    fires: { 'nodejs_eventloop_lag_p99_seconds{part="bridge",pod="a"}': constant(0.05) },
    // The agent's worker carries no voice.
    quiet: {
      'nodejs_eventloop_lag_p99_seconds{part="bridge",pod="a"}': constant(0.012),
      'nodejs_eventloop_lag_p99_seconds{part="agent",pod="b"}': constant(0.05),
    },
  },
  MediaWorkerLate: {
    after: '10m',
    fires: { 'patchbay_bridge_worker_eventloop_lag_seconds{pod="a"}': constant(0.04) },
    quiet: { 'patchbay_bridge_worker_eventloop_lag_seconds{pod="a"}': constant(0.002) },
  },
  // One that died an hour ago is no news.
  MediaWorkersDie: {
    after: '10m',
    fires: { 'patchbay_bridge_media_workers_died_total{pod="a"}': '0x5 1xALWAYS' },
    quiet: { 'patchbay_bridge_media_workers_died_total{pod="a"}': constant(1) },
  },
  MemoryRunsOut: { after: '2h', fires: memory(3), quiet: memory(0.1) },
  MediaServerCallsFail: {
    after: '15m',
    fires: { 'livekit_psrpc_error_total{pod="a",method="x"}': growing(30) },
    quiet: { 'livekit_psrpc_error_total{pod="a",method="x"}': growing(1) },
  },
  RedisDown: { after: '3m', fires: { redis_up: constant(0) }, quiet: { redis_up: constant(1) } },
  // promtool's clock begins in 1970.
  CertificateExpires: { after: '2h', fires: certificate(13), quiet: certificate(20) },
};
