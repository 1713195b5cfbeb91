import { sumRate } from '../promql.ts';
import { dashboard, graph, RATE } from './panels.ts';
import { p50p95 } from './quantiles.ts';

const parts = 'part!=""';
const perPod = ['part', 'pod'];
const legend = '{{part}} {{pod}}';

export const agents = dashboard({
  uid: 'patchbay-agents',
  title: 'Patchbay / Agents and capacity',
  description: 'Places for callers, the processes that serve them, and what they use.',
  rows: [
    {
      title: 'Places',
      panels: [
        graph({
          title: 'Places taken',
          unit: 'short',
          queries: [
            { expr: 'sum(patchbay_agent_jobs_active)', legend: 'taken' },
            { expr: 'sum(patchbay_agent_jobs_max)', legend: 'in all' },
          ],
        }),
        graph({
          title: 'Taken, by worker',
          unit: 'percentunit',
          lines: [{ at: 0.8, color: 'red' }],
          queries: [
            {
              expr: 'max by (pod) (patchbay_agent_jobs_active / patchbay_agent_jobs_max)',
              legend: '{{pod}}',
            },
          ],
        }),
        graph({
          title: 'Age of what the API knows of the agents',
          unit: 's',
          queries: [{ expr: 'max by (pod) (patchbay_api_catalog_age_seconds)', legend: '{{pod}}' }],
        }),
      ],
    },
    {
      title: 'Job processes: one for each call, and some that wait',
      panels: [
        graph({
          title: 'Processes',
          unit: 'short',
          queries: [{ expr: 'sum by (pod) (patchbay_agent_job_processes)', legend: '{{pod}}' }],
        }),
        graph({
          title: 'Time to start one',
          unit: 's',
          lines: [{ at: 5, color: 'red' }],
          queries: p50p95('patchbay_agent_job_start_seconds'),
        }),
        graph({
          title: 'Memory',
          unit: 'bytes',
          queries: [
            {
              expr: 'sum by (pod) (patchbay_agent_job_resident_memory_bytes{stat="sum"})',
              legend: 'all of {{pod}}',
            },
            {
              expr: 'max by (pod) (patchbay_agent_job_resident_memory_bytes{stat="max"})',
              legend: 'largest of {{pod}}',
            },
          ],
        }),
        graph({
          title: 'Processor',
          unit: 'percentunit',
          description: '1 is one core.',
          queries: [
            {
              expr: sumRate('patchbay_agent_job_cpu_seconds_total', { range: RATE, by: ['pod'] }),
              legend: '{{pod}}',
            },
          ],
        }),
        graph({
          title: 'Lag of their event loops',
          unit: 's',
          queries: p50p95('patchbay_agent_job_eventloop_lag_seconds'),
        }),
      ],
    },
    {
      title: 'Every process',
      panels: [
        graph({
          title: 'Event-loop lag (p99)',
          unit: 's',
          description: 'Includes the 10 ms of the timers it is measured with.',
          lines: [{ at: 0.03, color: 'red' }],
          queries: [
            { expr: `max by (part, pod) (nodejs_eventloop_lag_p99_seconds{${parts}})`, legend },
          ],
        }),
        graph({
          title: 'Garbage collection',
          unit: 'percentunit',
          description: 'Share of the time.',
          queries: [
            {
              expr: sumRate('nodejs_gc_duration_seconds_sum', {
                range: RATE,
                match: parts,
                by: perPod,
              }),
              legend,
            },
          ],
        }),
        graph({
          title: 'Memory of all parts',
          unit: 'bytes',
          queries: [
            { expr: `sum by (part, pod) (process_resident_memory_bytes{${parts}})`, legend },
          ],
        }),
        graph({
          title: 'Processor of all parts',
          unit: 'percentunit',
          queries: [
            {
              expr: sumRate('process_cpu_seconds_total', { range: RATE, match: parts, by: perPod }),
              legend,
            },
          ],
        }),
        graph({
          title: 'Open files and sockets',
          unit: 'short',
          queries: [{ expr: `sum by (part, pod) (process_open_fds{${parts}})`, legend }],
        }),
      ],
    },
  ],
});
