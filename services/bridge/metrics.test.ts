import { budgetBuckets } from '@patchbay/common/budget';
import { CALL_RESULTS } from '@patchbay/common/call-record';
import { metricFaults } from '@patchbay/common/testing/metric-faults';
import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { createMetrics } from './metrics.ts';
import { DIRECTIONS } from './rtp/quality-watch.ts';
import { RtpTally } from './seats/tally.ts';
import { TURNED_AWAY } from './sip/doorman.ts';

it('every metric is named after the bridge, and no label has a value from outside', async () => {
  const registry = new Registry();
  const metrics = createMetrics(registry, {
    refresh: () => undefined,
    callsActive: () => 1,
    oldestCallMs: () => 2_000,
    longestCallMs: () => 86_400_000,
    portsUsed: () => 1,
    portsResting: () => 0,
    portsTotal: () => 10,
    drachtioConnected: () => true,
    draining: () => false,
    trunkCalls: () => new Map([['local', 1]]),
    workers: () => ({
      alive: 2,
      died: 1,
      moved: 3,
      usage: { rssBytes: { sum: 3e8, max: 2e8 }, cpuSeconds: 9, gcSeconds: 1, lagSeconds: 0.001 },
    }),
  });
  for (const status of [undefined, 200, 503]) metrics.invite(status);
  for (const result of CALL_RESULTS) metrics.callEnded(result);
  for (const reason of TURNED_AWAY) metrics.turnedAway(reason);
  metrics.keyHeard('rtp');
  metrics.portTaken();
  metrics.answered(1, 'a'.repeat(32));
  metrics.agentReady(1, 'a'.repeat(32));
  const tally = new RtpTally();
  for (let run = 0; run < 10; run++) tally.clockLag(3);
  tally.received();
  tally.discarded('late');
  tally.oneWay('out');
  for (const direction of DIRECTIONS) {
    tally.stretch({
      direction,
      lost: 1,
      late: 1,
      reordered: 1,
      concealedMs: 20,
      jitterMs: 3,
      mos: 4.1,
      roundTripMs: 40,
    });
  }
  metrics.rtp(tally.take());
  expect(
    await metricFaults(registry, 'bridge', {
      status: /^(0|[2-6]\d\d)$/,
      result: CALL_RESULTS,
      reason: [...TURNED_AWAY, 'late'],
      direction: DIRECTIONS,
      way: ['rtp', 'info'],
      // Names from the configuration.
      trunk: ['local'],
      stat: ['sum', 'max'],
    }),
  ).toEqual([]);
  const text = await registry.metrics();
  expect(text).toContain('patchbay_bridge_oldest_call_seconds 2\n');
  expect(text).toContain('patchbay_bridge_worker_cpu_seconds_total 9\n');
  // Quantiles near the budget's limits are exact: a bucket ends at each.
  for (const [histogram, stage] of [
    ['in', 'bridgeIn'],
    ['out', 'bridgeOut'],
  ] as const) {
    for (const bound of budgetBuckets([], [stage])) {
      expect(text).toContain(`patchbay_bridge_${histogram}_seconds_bucket{le="${bound}"}`);
    }
  }
});
