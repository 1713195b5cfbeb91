import http from 'k6/http';
import { Counter, Rate, Trend } from 'k6/metrics';
import { STAGE_TRENDS } from '../budget.ts';
import type { CallOrder } from '../driver/plan.ts';
import type { CallResult } from '../driver/result.ts';
import { TARGET, textOf } from './target.ts';

const placed = new Counter('calls_placed');
const failed = new Counter('calls_failed');
const ok = new Rate('calls_ok');
const understood = new Rate('calls_understood');
const vouched = new Rate('calls_vouched');
const ring = new Trend('call_ring_ms');
const answer = new Trend('call_answer_ms');
const greeting = new Trend('call_greeting_ms');
const bargeIn = new Trend('call_barge_in_ms');
const mos = new Trend('call_mos');
const loss = new Trend('call_loss_pct');
const jitter = new Trend('call_jitter_ms');
/** One Trend for each stage of the budget. */
const stageTrends = Object.fromEntries(
  Object.entries(STAGE_TRENDS).map(([stage, name]) => [stage, new Trend(name)]),
);

type Tags = Record<string, string>;

/** Have the driver make a call, wait until it is over, and count it. */
export function placeCall(order: CallOrder, moreTags: Tags = {}): CallResult | undefined {
  const budgetDoor = order.door === 'phone' ? 'reach' : 'web';
  const tags: Tags = { door: budgetDoor, agent: order.agent, ...moreTags };
  placed.add(1, tags);
  const response = http.post(`${TARGET.driverUrl}/calls`, JSON.stringify(order), {
    headers: { 'content-type': 'application/json' },
    tags: { name: 'POST /calls' },
  });
  if (response.status !== 202) {
    failed.add(1, tags);
    ok.add(false, tags);
    console.error(`the driver took no call: ${response.status} ${textOf(response)}`);
    return undefined;
  }
  const { id } = response.json() as unknown as { id: string };
  const result = resultOf(id);
  if (result) count(result, { ...tags, trunk: result.trunk });
  else {
    failed.add(1, tags);
    ok.add(false, tags);
  }
  return result;
}

function resultOf(id: string): CallResult | undefined {
  for (;;) {
    const response = http.get(`${TARGET.driverUrl}/calls/${id}?waitMs=20000`, {
      timeout: '30s',
      tags: { name: 'GET /calls/:id' },
    });
    if (response.status !== 200) {
      console.error(`the driver lost a call: ${response.status} ${response.error}`);
      return undefined;
    }
    const result = response.json() as unknown as CallResult;
    if (result.state === 'done') return result;
  }
}

function count(result: CallResult, tags: Tags): void {
  ok.add(result.ok, tags);
  understood.add(result.understood, tags);
  vouched.add(result.vouched, tags);
  if (result.failure) {
    failed.add(1, tags);
    console.error(`a call failed at ${result.failure.step}: ${result.failure.reason}`);
  }
  const { stepsMs, network } = result;
  if (stepsMs.ring !== undefined) ring.add(stepsMs.ring, tags);
  if (stepsMs.answer !== undefined) answer.add(stepsMs.answer, tags);
  if (stepsMs.greeting !== undefined) greeting.add(stepsMs.greeting, tags);
  if (network) {
    mos.add(network.mos, tags);
    loss.add(network.lostPct, tags);
    jitter.add(network.jitterMs, tags);
  }
  for (const turn of result.turns) {
    stageTrends['mouthToEar']?.add(turn.mouthToEarMs, tags);
    if (turn.stoppedAfterMs !== undefined) bargeIn.add(turn.stoppedAfterMs, tags);
  }
  for (const stages of result.stages) {
    for (const [stage, ms] of Object.entries(stages)) stageTrends[stage]?.add(ms, tags);
  }
}
