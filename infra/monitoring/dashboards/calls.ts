import { sumRate } from '../promql.ts';
import { dashboard, graph, RATE } from './panels.ts';
import { p50p95 } from './quantiles.ts';

const by = (metric: string, label: string) => [
  { expr: sumRate(metric, { range: RATE, by: [label] }), legend: `{{${label}}}` },
];

export const calls = dashboard({
  uid: 'patchbay-calls',
  title: 'Patchbay / Calls',
  description:
    'From INVITE or token to the end: how long it takes to be answered, and how calls end.',
  rows: [
    {
      title: 'Set-up',
      panels: [
        graph({
          title: 'Phone: INVITE to answer',
          unit: 's',
          lines: [{ at: 6, color: 'red' }],
          queries: p50p95('patchbay_bridge_answer_seconds'),
        }),
        graph({
          title: 'Phone: INVITE to agent',
          unit: 's',
          lines: [{ at: 4, color: 'red' }],
          queries: p50p95('patchbay_bridge_agent_ready_seconds'),
        }),
        graph({
          title: 'Web: joined to agent',
          unit: 's',
          lines: [{ at: 4, color: 'red' }],
          queries: p50p95('patchbay_api_agent_ready_seconds'),
        }),
        graph({
          title: 'INVITEs by final status',
          unit: 'reqps',
          queries: by('patchbay_bridge_invites_total', 'status'),
        }),
        graph({
          title: 'Token requests by result',
          unit: 'reqps',
          queries: by('patchbay_api_token_requests_total', 'result'),
        }),
        graph({
          title: 'API: time to answer',
          unit: 's',
          queries: p50p95('patchbay_api_request_seconds', '', ['route']),
        }),
      ],
    },
    {
      title: 'Ends',
      panels: [
        graph({
          title: 'Phone calls by result',
          unit: 'cps',
          stacked: true,
          queries: by('patchbay_bridge_calls_total', 'result'),
        }),
        graph({
          title: 'Web calls by result',
          unit: 'cps',
          stacked: true,
          queries: by('patchbay_api_web_calls_total', 'result'),
        }),
        graph({
          title: 'Agents’ jobs by result',
          unit: 'cps',
          stacked: true,
          queries: by('patchbay_agent_jobs_total', 'result'),
        }),
      ],
    },
    {
      title: 'Does it add up?',
      panels: [
        graph({
          title: 'Calls, rooms, agents',
          unit: 'short',
          description: 'One room and one agent for each call. What differs for long is an orphan.',
          queries: [
            { expr: 'sum(patchbay_bridge_calls_active)', legend: 'phone calls' },
            { expr: 'sum(patchbay_bridge_rooms_open)', legend: 'rooms of phone calls' },
            { expr: 'sum(patchbay_api_open_calls)', legend: 'web calls' },
            { expr: 'sum(livekit_room_total)', legend: 'rooms' },
            { expr: 'sum(patchbay_agent_jobs_active)', legend: 'agents' },
          ],
        }),
        graph({
          title: 'Age of the oldest call',
          unit: 's',
          queries: [
            { expr: 'max by (pod) (patchbay_bridge_oldest_call_seconds)', legend: '{{pod}}' },
          ],
        }),
        graph({
          title: 'LiveKit’s events to the API',
          unit: 'cps',
          queries: by('patchbay_api_livekit_events_total', 'event'),
        }),
        graph({
          title: 'Draining',
          unit: 'short',
          queries: [{ expr: 'max by (pod) (patchbay_bridge_draining)', legend: '{{pod}}' }],
        }),
        graph({
          title: 'Keys pressed',
          unit: 'cps',
          queries: by('patchbay_bridge_dtmf_total', 'way'),
        }),
      ],
    },
  ],
});
