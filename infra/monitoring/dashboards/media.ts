import { quantile, sumRate } from '../promql.ts';
import { budgetLines, dashboard, graph, RATE } from './panels.ts';
import { p50p95 } from './quantiles.ts';

const by = ['direction'];
const packets = 'patchbay_bridge_rtp_packets_total';
const perPacket = (metric: string) =>
  `${sumRate(metric, { range: RATE, by })} / ${sumRate(packets, { range: RATE, by })}`;

export const media = dashboard({
  uid: 'patchbay-media',
  title: 'Patchbay / Media quality',
  description:
    'What phones send (in) and, by their own reports, hear (out); and what the bridge adds.',
  rows: [
    {
      title: 'What is heard',
      panels: [
        graph({
          title: 'MOS: worst tenth and median',
          unit: 'short',
          description:
            'E-model (ITU-T G.107) of every 5 s. Below 3.6 many are dissatisfied (G.109).',
          goodAbove: true,
          lines: [
            { at: 3.6, color: 'red' },
            { at: 4.03, color: 'orange' },
          ],
          queries: [
            {
              expr: quantile(0.1, 'patchbay_bridge_mos', { range: RATE, by }),
              legend: 'p10 {{direction}}',
            },
            {
              expr: quantile(0.5, 'patchbay_bridge_mos', { range: RATE, by }),
              legend: 'p50 {{direction}}',
            },
          ],
        }),
        graph({
          title: 'Packets lost',
          unit: 'percentunit',
          lines: [{ at: 0.01, color: 'red' }],
          queries: [{ expr: perPacket('patchbay_bridge_rtp_lost_total'), legend: '{{direction}}' }],
        }),
        graph({
          title: 'Jitter',
          unit: 's',
          lines: [{ at: 0.03, color: 'red' }],
          queries: p50p95('patchbay_bridge_rtp_jitter_seconds', '', by),
        }),
        graph({
          title: 'Late and out of order',
          unit: 'percentunit',
          queries: [
            { expr: perPacket('patchbay_bridge_rtp_late_total'), legend: 'late {{direction}}' },
            {
              expr: perPacket('patchbay_bridge_rtp_reordered_total'),
              legend: 'reordered {{direction}}',
            },
          ],
        }),
        graph({
          title: 'Sound made up for lost packets',
          unit: 's',
          description: 'Seconds of concealed sound a second, over all calls.',
          queries: [
            {
              expr: sumRate('patchbay_bridge_rtp_concealed_seconds_total', { range: RATE }),
              legend: 'concealed',
            },
          ],
        }),
        graph({
          title: 'Calls heard one way only',
          unit: 'cps',
          description: 'in: the agent hears nothing; out: the caller.',
          queries: [
            {
              expr: sumRate('patchbay_bridge_rtp_one_way_calls_total', { range: RATE, by }),
              legend: '{{direction}}',
            },
          ],
        }),
      ],
    },
    {
      title: 'What the bridge adds',
      panels: [
        graph({
          title: 'Phone to room',
          unit: 's',
          lines: budgetLines('bridgeIn'),
          queries: p50p95('patchbay_bridge_in_seconds'),
        }),
        graph({
          title: 'Room to phone',
          unit: 's',
          lines: budgetLines('bridgeOut'),
          queries: p50p95('patchbay_bridge_out_seconds'),
        }),
        graph({
          title: 'Lag of the media clock',
          unit: 's',
          lines: [{ at: 0.02, color: 'red' }],
          queries: [
            {
              expr: quantile(0.99, 'patchbay_bridge_rtp_clock_lag_seconds', {
                range: RATE,
                by: ['pod'],
              }),
              legend: 'p99 {{pod}}',
            },
          ],
        }),
        graph({
          title: 'To the phone and back (RTCP)',
          unit: 's',
          queries: p50p95('patchbay_bridge_rtp_round_trip_seconds'),
        }),
        graph({
          title: 'Packets',
          unit: 'pps',
          queries: [{ expr: sumRate(packets, { range: RATE, by }), legend: '{{direction}}' }],
        }),
        graph({
          title: 'Packets not played, by reason',
          unit: 'pps',
          queries: [
            {
              expr: sumRate('patchbay_bridge_rtp_discarded_total', { range: RATE, by: ['reason'] }),
              legend: '{{reason}}',
            },
          ],
        }),
        graph({
          title: 'RTP ports',
          unit: 'short',
          queries: [
            { expr: 'sum by (pod) (patchbay_bridge_rtp_ports_used)', legend: 'used {{pod}}' },
            { expr: 'sum by (pod) (patchbay_bridge_rtp_ports_resting)', legend: 'resting {{pod}}' },
            { expr: 'sum by (pod) (patchbay_bridge_rtp_ports_total)', legend: 'in all {{pod}}' },
          ],
        }),
        graph({
          title: 'Ports taken by others',
          unit: 'cps',
          queries: [
            {
              expr: sumRate('patchbay_bridge_rtp_bind_retries_total', { range: RATE, by: ['pod'] }),
              legend: '{{pod}}',
            },
          ],
        }),
      ],
    },
  ],
});
