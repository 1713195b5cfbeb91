import { Counter, Gauge, type Registry } from 'prom-client';
import type { EdgeStatus } from './edge.ts';

/** Show the edge's state in a registry; read anew at each scrape. */
export function registerEdgeMetrics(registry: Registry, status: () => EdgeStatus): void {
  const gauge = (name: string, help: string, value: (now: EdgeStatus) => number) =>
    new Gauge({
      name: `patchbay_edge_${name}`,
      help,
      registers: [registry],
      collect() {
        this.set(value(status()));
      },
    });
  gauge('apps_connected', 'Applications that have authenticated', (now) => now.apps);
  gauge('dialogs_active', 'SIP dialogs, ringing or up', (now) => now.dialogs);
  gauge('transactions_active', 'SIP transactions, late ones too', (now) => now.transactions);
  gauge('requests_pending', 'Requests that wait for an application', (now) => now.pending);
  new Counter({
    name: 'patchbay_edge_faults_total',
    help: 'What came that was not usable as SIP, by kind',
    labelNames: ['fault'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [fault, count] of Object.entries(status().faults)) this.inc({ fault }, count);
    },
  });
}
