import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { talkByPhone, talkByWeb } from '@patchbay/sandbox/e2e/calls';
import { startPrometheus, stackTargets, type Prometheus } from '@patchbay/sandbox/stack/prometheus';
import { Stack } from '@patchbay/sandbox/stack/stack';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { absolutePath, RULE_FILE } from './generated-files.ts';
import { NOT_ON_A_LAPTOP, panelQueries, seriesOf, withoutVariables } from './panel-queries.ts';

/** Long enough that a call of the beginning is still in it at the end. */
const RANGE = '10m';
const MOST_CALLS = 3;
const SEEN_TIMEOUT_MS = 20_000;

const missingHere = (expr: string) => {
  // Nothing counts as 0 there.
  if (expr.includes('or vector(0)')) return false;
  const names = seriesOf(expr);
  return names.some((name) => NOT_ON_A_LAPTOP.some(({ series }) => series.test(name)));
};

describe('Prometheus, while calls are made by phone and by web', () => {
  let runDir = '';
  let stack: Stack;
  let prometheus: Prometheus;
  beforeAll(async () => {
    runDir = await mkdtemp(join(tmpdir(), 'patchbay-monitoring-'));
    stack = await Stack.start({ runDir, env: { bridge: { BRIDGE_RTP_REST_MS: '1000' } } });
    prometheus = await startPrometheus({
      targets: stackTargets(stack),
      ruleFile: absolutePath(RULE_FILE),
    });
    // Rates need a first value before the calls.
    await vi.waitFor(async () => {
      expect(await prometheus.query('up == 1')).toHaveLength(4);
    }, SEEN_TIMEOUT_MS);
    await callUntilSeen('reach', () => talkByPhone(stack));
    await callUntilSeen('web', () => talkByWeb(stack));
    await vi.waitFor(async () => {
      for (const calls of ['patchbay_bridge_calls_total', 'patchbay_api_web_calls_total']) {
        expect(await prometheus.query(`sum(increase(${calls}[${RANGE}])) > 0`)).toHaveLength(1);
      }
    }, 60_000);
  }, 400_000);
  afterAll(async () => {
    await prometheus?.close();
    await stack?.close();
    await rm(runDir, { recursive: true, force: true });
  }, 60_000);

  /** On a busy machine a conversation may go wrong; one answered turn is all that is wanted here. */
  async function callUntilSeen(door: string, call: () => Promise<unknown>): Promise<void> {
    const answers = `increase(patchbay_agent_turn_seconds_count{stage="agentTotal",door="${door}"}[${RANGE}])`;
    for (let attempt = 1; attempt <= MOST_CALLS; attempt++) {
      await call().catch(() => undefined);
      const seen = await vi
        .waitFor(async () => {
          expect(await prometheus.query(`${answers} >= 0`)).not.toEqual([]);
          return true;
        }, 5_000)
        .catch(() => false);
      if (seen) return;
    }
    throw new Error(`no answered turn was seen at the door ${door}`);
  }

  it('reaches every part', async () => {
    const up = await prometheus.query('up == 1');
    expect(up.map(({ labels }) => labels['part']).sort()).toEqual([
      'agent',
      'api',
      'bridge',
      'livekit-server',
    ]);
  });

  const queries = panelQueries().filter(({ expr }) => !missingHere(expr));
  it.each(queries)('gets data for $where ($expr)', async ({ expr }) => {
    const samples = await prometheus.query(withoutVariables(expr, RANGE));
    expect(samples.filter(({ value }) => Number.isFinite(value))).not.toEqual([]);
  });

  it('has no rule that fails, and each stage of the budget that it can measure', async () => {
    const answer = await fetch(`${prometheus.url}/api/v1/rules`);
    const { data } = (await answer.json()) as {
      data: { groups: { rules: { name: string; health: string; lastError?: string }[] }[] };
    };
    const rules = data.groups.flatMap((group) => group.rules);
    expect(rules.length).toBeGreaterThan(100);
    expect(rules.filter(({ health }) => health !== 'ok')).toEqual([]);
    const budget = await prometheus.query('patchbay:stage_budget_seconds:p95');
    expect(budget.length).toBeGreaterThan(5);
  });

  it('leads from the latency of a turn and of an answer to the calls', async () => {
    const traces = new Set(stack.records.all.map(({ traceId }) => traceId));
    for (const metric of ['patchbay_agent_turn_seconds', 'patchbay_bridge_answer_seconds']) {
      const query = new URLSearchParams({
        query: `${metric}_bucket`,
        start: String(Date.now() / 1_000 - 600),
        end: String(Date.now() / 1_000),
      });
      const answer = await fetch(`${prometheus.url}/api/v1/query_exemplars?${query.toString()}`);
      const { data } = (await answer.json()) as {
        data: { exemplars: { labels: { trace_id: string } }[] }[];
      };
      const seen = data.flatMap(({ exemplars }) => exemplars.map(({ labels }) => labels.trace_id));
      expect(
        seen.filter((trace) => traces.has(trace)),
        metric,
      ).not.toEqual([]);
    }
  });

  it('sees no page that nobody should get up for: nothing critical fires', async () => {
    const firing = await prometheus.query('ALERTS{alertstate="firing",severity="critical"}');
    expect(firing.map(({ labels }) => labels['alertname'])).toEqual([]);
  });
});
