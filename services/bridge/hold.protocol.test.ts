import { setTimeout as delay } from 'node:timers/promises';
import { dispose } from '@livekit/rtc-node';
import { PCMU } from '@patchbay/common/g711';
import { silentLogger } from '@patchbay/common/logger';
import { parseRoomName } from '@patchbay/common/room-contract';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { startAgentStack, type AgentStack } from '../agent/testing/agent-stack.ts';
import { BALANCE_QUESTION } from '../sandbox/demo/conversation.ts';
import { askUntil, BALANCE_MINOR, tellsBalance } from '../sandbox/e2e/calls.ts';
import { understand } from '../sandbox/speech/ear.ts';
import { speak } from '../sandbox/speech/espeak.ts';
import { heardAmountMinor } from '../sandbox/speech/heard-amount.ts';
import { Observer, waitForRoom } from '../sandbox/stack/observer.ts';
import type { PhoneCall } from '../sandbox/telephone/phone-call.ts';
import { Telephone } from '../sandbox/telephone/telephone.ts';
import { BridgeRig } from './testing/bridge-rig.ts';

const BANK = '+12025550101';
const CALLER = '+12025550187';
/** Silence after which the agent asks whether somebody is there. */
const SILENCE_MS = 2_000;
/** Within so long the agent would have asked twice, said goodbye and hung up. */
const HOLD_MS = 13_000;
const LINE_RATE_HZ = 8_000;

let stack: AgentStack;
let rig: BridgeRig;
let phone: Telephone;
beforeAll(async () => {
  stack = await startAgentStack({ AGENT_SILENCE_MS: String(SILENCE_MS) });
  rig = await BridgeRig.start({ livekit: stack.livekit });
  // Real agents come instead.
  rig.agentMode = 'stay-away';
}, 120_000);
afterAll(async () => {
  await rig?.close();
  await stack?.close();
  await dispose();
});
beforeEach(async () => {
  rig.records.length = 0;
  phone = await Telephone.open({ transport: 'udp', log: silentLogger() });
});
afterEach(async () => {
  await phone.close();
  await rig.expectNothingLeft();
});

async function talking(): Promise<PhoneCall> {
  const call = phone.call({ to: BANK, from: CALLER, server: rig.sip, payloadTypes: [PCMU] });
  await call.answered;
  // Not understood as well: that takes as long as the agent has patience here.
  await call.nextUtterance();
  return call;
}

const holds = (call: PhoneCall, how: 'sendonly' | 'inactive') =>
  call.reinvite((offer) => offer.replace('a=sendrecv', `a=${how}`));
const isBack = (call: PhoneCall) => call.reinvite((offer) => offer);

it('a caller on hold for long is not hung up on, hears that the agent is there, and is answered', async () => {
  const isOurs = (name: string) => parseRoomName(name)?.door === 'reach';
  const room = waitForRoom(stack.livekit, isOurs, 20_000);
  const [call, observer] = await Promise.all([
    talking(),
    room.then((name) => Observer.join(stack.livekit, name)),
  ]);
  expect(await holds(call, 'sendonly')).toBe(200);
  const heldAtMs = Date.now();
  const over = delay(HOLD_MS);
  // An announcement to those who wait: to the agent these are nobody's words.
  const music = await speak(BALANCE_QUESTION, { sampleRateHz: LINE_RATE_HZ });
  await call.play(music);
  await delay(1_000);
  await call.play(music);
  await over;
  expect(call.times.ended).toBeUndefined();
  const backAtMs = Date.now();
  expect(await isBack(call)).toBe(200);
  await call.waitForSpeechStart({ afterMs: backAtMs });
  await vi.waitFor(() => {
    const said = observer.lines.filter(({ who }) => who === 'agent').map(({ text }) => text);
    expect(said.join(' ')).toMatch(/I am still here\. Please go on\.$/);
  }, 5_000);
  // To a held line nothing is said.
  const asked = observer.lines.filter(({ text }) => /still there/.test(text));
  expect(asked.filter(({ atMs }) => atMs > heldAtMs + 2_000)).toEqual([]);
  const { answer } = await askUntil(call, BALANCE_QUESTION, tellsBalance);
  expect(heardAmountMinor(answer)).toBe(BALANCE_MINOR);
  await observer.close();
  await call.hangup();
  const [record] = await rig.recorded(1);
  expect(record).toMatchObject({ result: 'caller-hangup' });
  // Nothing that came from the held line was answered.
  expect(record?.turns?.[0]?.atMs).toBeGreaterThan(backAtMs);
});

it('an answer that a hold broke off is said again when the caller is back', async () => {
  let { heard, record } = await heldWhileAnswered();
  // On a machine at its limits a question may not be understood, and that is said again as well.
  if (!record?.turns?.[0]?.tools.includes('get_balance')) {
    ({ heard, record } = await heldWhileAnswered());
  }
  expect(heardAmountMinor(heard), `heard: ${heard}`).toBe(BALANCE_MINOR);
  expect(record).toMatchObject({ result: 'caller-hangup', turns: [{ interrupted: true }] });
});

/** A call that asks, holds as soon as something is said, is back, and hangs up after what it hears then. */
async function heldWhileAnswered() {
  rig.records.length = 0;
  const call = await talking();
  const { lastLoudAtMs } = await call.play(
    await speak(BALANCE_QUESTION, { sampleRateHz: LINE_RATE_HZ }),
  );
  await call.waitForSpeechStart({ afterMs: lastLoudAtMs });
  expect(await holds(call, 'inactive')).toBe(200);
  await delay(3 * SILENCE_MS);
  const backAtMs = Date.now();
  expect(await isBack(call)).toBe(200);
  const again = await call.nextUtterance({ afterMs: backAtMs });
  const heard = await understand(again.samples);
  await call.hangup();
  const [record] = await rig.recorded(1);
  return { heard, record };
}
