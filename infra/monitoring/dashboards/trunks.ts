import { quantile, sumRate } from '../promql.ts';
import { dashboard, graph, RATE } from './panels.ts';

const rate = (metric: string, ...by: string[]) => [
  {
    expr: sumRate(metric, { range: RATE, by }),
    legend: by.map((label) => `{{${label}}}`).join(' '),
  },
];

export const trunks = dashboard({
  uid: 'patchbay-trunks',
  title: 'Patchbay / Trunks',
  description: 'The carriers’ side: what comes in, what is refused, and the two SIP doors.',
  rows: [
    {
      title: 'Bridge (reach)',
      panels: [
        graph({
          title: 'Calls by trunk',
          unit: 'short',
          queries: [
            { expr: 'sum by (trunk) (patchbay_bridge_trunk_calls_active)', legend: '{{trunk}}' },
          ],
        }),
        graph({
          title: 'INVITEs a minute',
          unit: 'reqpm',
          description: 'Carriers allow 200 a minute by default.',
          lines: [
            { at: 160, color: 'orange' },
            { at: 200, color: 'red' },
          ],
          queries: [
            {
              expr: `${sumRate('patchbay_bridge_invites_total', { range: RATE, by: ['status'] })} * 60`,
              legend: '{{status}}',
            },
          ],
        }),
        graph({
          title: 'Turned away before they were calls',
          unit: 'reqps',
          queries: rate('patchbay_bridge_requests_turned_away_total', 'reason'),
        }),
        graph({
          title: 'SIP server connected',
          unit: 'short',
          queries: [
            { expr: 'min by (pod) (patchbay_bridge_drachtio_connected)', legend: '{{pod}}' },
          ],
        }),
        graph({
          title: 'Answered',
          unit: 'percentunit',
          goodAbove: true,
          lines: [{ at: 0.95, color: 'red' }],
          queries: [
            {
              expr: 'patchbay:invites_answered:rate5m / patchbay:invites:rate5m',
              legend: '{{door}}',
            },
          ],
        }),
      ],
    },
    {
      title: 'drachtio-server',
      panels: [
        graph({
          title: 'drachtio: requests in',
          unit: 'reqps',
          queries: rate('drachtio_sip_requests_in_total', 'method'),
        }),
        graph({
          title: 'drachtio: responses out',
          unit: 'reqps',
          queries: rate('drachtio_sip_responses_out_total', 'method', 'code'),
        }),
        graph({
          title: 'drachtio: dialogs',
          unit: 'short',
          queries: [{ expr: 'sum by (pod) (drachtio_stable_dialogs)', legend: '{{pod}}' }],
        }),
      ],
    },
    {
      title: 'LiveKit SIP (trunk)',
      panels: [
        graph({
          title: 'LiveKit SIP: calls',
          unit: 'short',
          queries: [{ expr: 'sum by (dir) (livekit_sip_calls_active)', legend: '{{dir}}' }],
        }),
        graph({
          title: 'LiveKit SIP: INVITEs',
          unit: 'reqps',
          queries: [
            ...rate('livekit_sip_invite_requests', 'dir'),
            {
              expr: sumRate('livekit_sip_invite_error', { range: RATE, by: ['reason'] }),
              legend: 'refused: {{reason}}',
            },
          ],
        }),
        graph({
          title: 'LiveKit SIP: ends',
          unit: 'cps',
          queries: rate('livekit_sip_calls_terminated', 'reason'),
        }),
        graph({
          title: 'LiveKit SIP: INVITE to room audio (p95)',
          unit: 's',
          queries: [
            {
              expr: quantile(0.95, 'livekit_sip_dur_join_sec', { range: RATE, by: ['dir'] }),
              legend: '{{dir}}',
            },
          ],
        }),
        graph({
          title: 'LiveKit SIP: takes calls',
          unit: 'short',
          queries: [{ expr: 'sum(livekit_sip_available)', legend: 'pods' }],
        }),
        graph({
          title: 'LiveKit SIP: packets',
          unit: 'pps',
          queries: rate('livekit_sip_packets_rtp', 'dir', 'op'),
        }),
      ],
    },
  ],
});
