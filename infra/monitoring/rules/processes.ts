import { sumIncrease, sumRate } from '../promql.ts';
import type { AlertRule, RuleGroup } from './rule.ts';

/** prom-client measures the lag with timers of 10 ms, which are part of what it says. */
const LAG_RESOLUTION_SECONDS = 0.01;
/** One RTP packet: a loop that is later than this makes the voice stutter. */
const RTP_PACKET_SECONDS = 0.02;

/** The processes themselves, and what they stand on. */
export const PROCESS_ALERTS: RuleGroup<AlertRule> = {
  name: 'patchbay-processes',
  rules: [
    {
      alert: 'EventLoopLate',
      expr: `max by (part, pod) (nodejs_eventloop_lag_p99_seconds{part="bridge"}) > ${LAG_RESOLUTION_SECONDS + RTP_PACKET_SECONDS}`,
      for: '5m',
      severity: 'warning',
      summary: 'The event loop of {{ $labels.pod }} is {{ $value | humanizeDuration }} late (p99).',
    },
    {
      // A bridge without media workers says 0 here.
      alert: 'MediaWorkerLate',
      expr: `max by (pod) (patchbay_bridge_worker_eventloop_lag_seconds) > ${RTP_PACKET_SECONDS}`,
      for: '5m',
      severity: 'warning',
      summary: 'A media worker of {{ $labels.pod }} is {{ $value | humanizeDuration }} late (p99).',
    },
    {
      alert: 'MediaWorkersDie',
      expr: `${sumIncrease('patchbay_bridge_media_workers_died_total', { range: '15m', by: ['pod'] })} > 0.5`,
      severity: 'warning',
      summary:
        '{{ $value | humanize }} media workers of {{ $labels.pod }} died and were started again.',
    },
    {
      alert: 'MemoryRunsOut',
      expr:
        'sum by (namespace, pod) (predict_linear(process_resident_memory_bytes{part!=""}[6h], 6 * 3600))' +
        ' > sum by (namespace, pod) (kube_pod_container_resource_limits{resource="memory"})',
      for: '30m',
      severity: 'warning',
      summary: '{{ $labels.pod }} will reach its memory limit within 6 hours.',
    },
    {
      alert: 'MediaServerCallsFail',
      expr: `${sumRate('livekit_psrpc_error_total', { range: '5m', by: ['pod'] })} > 0.1`,
      for: '5m',
      severity: 'warning',
      summary: 'LiveKit’s nodes do not reach each other ({{ $labels.pod }}).',
    },
    {
      alert: 'RedisDown',
      expr: 'max(redis_up) == 0',
      for: '1m',
      severity: 'critical',
      summary: 'Redis does not answer: LiveKit can’t dispatch agents nor take SIP calls.',
    },
    {
      alert: 'CertificateExpires',
      expr: 'min by (namespace, name) (certmanager_certificate_expiration_timestamp_seconds) - time() < 14 * 86400',
      for: '1h',
      severity: 'warning',
      summary: 'The certificate {{ $labels.name }} ends in {{ $value | humanizeDuration }}.',
    },
  ],
};
