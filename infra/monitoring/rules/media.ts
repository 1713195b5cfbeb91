import { quantile, sumIncrease, sumRate } from '../promql.ts';
import { resultsMatch } from '../call-results.ts';
import type { AlertRule, RuleGroup } from './rule.ts';

const by = ['direction'];
const received = 'patchbay_bridge_rtp_packets_total';

/** What the callers' ears say. `in` is what comes from phones, `out` what phones report. */
export const MEDIA_ALERTS: RuleGroup<AlertRule> = {
  name: 'patchbay-media',
  rules: [
    {
      alert: 'VoiceQualityPoor',
      expr: `${quantile(0.1, 'patchbay_bridge_mos', { range: '10m', by })} < 3.6`,
      for: '10m',
      severity: 'critical',
      summary:
        'A tenth of the calls has MOS {{ $value | humanize }} or less ({{ $labels.direction }}).',
    },
    {
      alert: 'VoiceQualityFair',
      expr: `${quantile(0.1, 'patchbay_bridge_mos', { range: '10m', by })} < 4.03`,
      for: '10m',
      severity: 'warning',
      summary:
        'A tenth of the calls has MOS {{ $value | humanize }} or less ({{ $labels.direction }}).',
    },
    {
      alert: 'PacketsLost',
      expr:
        `${sumRate('patchbay_bridge_rtp_lost_total', { range: '10m', by })}` +
        ` / ${sumRate(received, { range: '10m', by })} > 0.01`,
      for: '10m',
      severity: 'warning',
      summary:
        '{{ $value | humanizePercentage }} of voice packets are lost ({{ $labels.direction }}).',
    },
    {
      alert: 'JitterHigh',
      expr: `${quantile(0.95, 'patchbay_bridge_rtp_jitter_seconds', { range: '10m', by })} > 0.03`,
      for: '10m',
      severity: 'warning',
      summary: 'Jitter is {{ $value | humanizeDuration }} (p95, {{ $labels.direction }}).',
    },
    {
      alert: 'OneWayAudio',
      expr:
        `${sumIncrease('patchbay_bridge_rtp_one_way_calls_total', { range: '30m' })} / ` +
        `${sumIncrease('patchbay_bridge_calls_total', { range: '30m', match: resultsMatch('good', 'failed') })} > 0.005`,
      for: '10m',
      severity: 'critical',
      summary: 'In {{ $value | humanizePercentage }} of calls one side hears nothing.',
    },
    {
      alert: 'RtpPortsShort',
      expr:
        'max by (pod) ((patchbay_bridge_rtp_ports_used + patchbay_bridge_rtp_ports_resting)' +
        ' / patchbay_bridge_rtp_ports_total) > 0.8',
      for: '5m',
      severity: 'warning',
      summary: '{{ $value | humanizePercentage }} of the RTP ports of {{ $labels.pod }} are taken.',
    },
    {
      alert: 'RtpPortsLeaked',
      expr: 'max by (pod) (patchbay_bridge_rtp_ports_used - patchbay_bridge_calls_active) > 0',
      for: '10m',
      severity: 'warning',
      summary: '{{ $value }} RTP ports of {{ $labels.pod }} belong to no call.',
    },
    {
      alert: 'MediaServerDropsPackets',
      expr: 'sum by (pod) (deriv(livekit_node_packet_total{type="dropped"}[5m])) > 1',
      for: '5m',
      severity: 'warning',
      summary: 'LiveKit on {{ $labels.pod }} drops {{ $value | humanize }} packets a second.',
    },
  ],
};
