import { quantile, sumRate } from '../promql.ts';
import { dashboard, graph, RATE } from './panels.ts';

const by = ['direction'];
const p95 = (histogram: string, labels: readonly string[]) => [
  {
    expr: quantile(0.95, histogram, { range: RATE, by: labels }),
    legend: labels.map((label) => `{{${label}}}`).join(' ') || 'p95',
  },
];
const mean = (histogram: string) =>
  `${sumRate(`${histogram}_sum`, { range: RATE })} / ${sumRate(`${histogram}_count`, { range: RATE })}`;

export const livekit = dashboard({
  uid: 'patchbay-livekit',
  title: 'Patchbay / LiveKit',
  description: 'The media server: rooms, joins, packets, and how its nodes reach each other.',
  rows: [
    {
      title: 'Rooms',
      panels: [
        graph({
          title: 'Rooms, participants, tracks',
          unit: 'short',
          queries: [
            { expr: 'sum(livekit_room_total)', legend: 'rooms' },
            { expr: 'sum(livekit_participant_total)', legend: 'participants' },
            { expr: 'sum(livekit_track_published_total)', legend: 'tracks' },
          ],
        }),
        graph({
          title: 'Time to join (p95)',
          unit: 'ms',
          queries: p95('livekit_session_join_latency_ms', []),
        }),
        graph({
          title: 'Joins by state reached',
          unit: 'cps',
          queries: [
            {
              expr: sumRate('livekit_participant_join_total', { range: RATE, by: ['state'] }),
              legend: '{{state}}',
            },
          ],
        }),
        graph({
          title: 'Tracks subscribed, by outcome',
          unit: 'cps',
          queries: [
            {
              expr: sumRate('livekit_track_subscribe_counter', { range: RATE, by: ['state'] }),
              legend: '{{state}}',
            },
          ],
        }),
        graph({
          title: 'Peer connections',
          unit: 'cps',
          queries: [
            {
              expr: sumRate('livekit_peer_connection_state', { range: RATE, by: ['state'] }),
              legend: '{{state}}',
            },
          ],
        }),
        graph({
          title: 'Events sent to the API',
          unit: 'cps',
          queries: [
            {
              expr: sumRate('livekit_webhook_dispatch_total', { range: RATE, by: ['status'] }),
              legend: '{{status}}',
            },
          ],
        }),
      ],
    },
    {
      title: 'Packets',
      panels: [
        graph({
          title: 'Packets a second',
          unit: 'pps',
          queries: [
            { expr: sumRate('livekit_packet_total', { range: RATE, by }), legend: '{{direction}}' },
          ],
        }),
        graph({
          title: 'Loss (p95, %)',
          unit: 'percent',
          queries: p95('livekit_packet_loss_percent', by),
        }),
        graph({ title: 'Jitter (p95)', unit: 'µs', queries: p95('livekit_jitter_us', by) }),
        graph({ title: 'Round trip (p95)', unit: 'ms', queries: p95('livekit_rtt_ms', by) }),
        graph({
          title: 'Quality score (mean)',
          unit: 'short',
          description: '5 is the best.',
          queries: [{ expr: mean('livekit_quality_score'), legend: 'score' }],
        }),
        graph({
          title: 'Packets dropped',
          unit: 'pps',
          description: 'A gauge that only grows.',
          queries: [
            {
              expr: 'sum by (pod) (deriv(livekit_node_packet_total{type="dropped"}[5m]))',
              legend: '{{pod}}',
            },
          ],
        }),
      ],
    },
    {
      title: 'Inside',
      panels: [
        graph({
          title: 'Calls between nodes (p95)',
          unit: 'ms',
          queries: p95('livekit_psrpc_request_time_ms', ['method']),
        }),
        graph({
          title: 'Failed calls between nodes',
          unit: 'cps',
          queries: [
            {
              expr: sumRate('livekit_psrpc_error_total', { range: RATE, by: ['method'] }),
              legend: '{{method}}',
            },
          ],
        }),
        graph({
          title: 'Goroutines',
          unit: 'short',
          queries: [
            { expr: 'sum by (pod) (go_goroutines{part="livekit-server"})', legend: '{{pod}}' },
          ],
        }),
      ],
    },
  ],
});
