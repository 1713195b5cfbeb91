import { dispose } from '@livekit/rtc-node';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startAgentStack, type AgentStack } from './testing/agent-stack.ts';
import { agentCaptions, ask, askUntil, greeting } from './testing/caller-steps.ts';
import { CALLER_RATE_HZ, type TestCaller } from './testing/test-caller.ts';

const LAST_OF_TRANSACTIONS = /monthly salary, three thousand dollars received\.$/;

let stack: AgentStack;
beforeAll(async () => {
  stack = await startAgentStack();
});
afterAll(async () => {
  await stack.close();
  await dispose();
});
afterEach(async () => {
  stack.providers.admin.faults.clear();
  await stack.hangUpAll();
});

/** A caller to whom the agent is telling something long. */
async function callerBeingTold(): Promise<{ caller: TestCaller; sinceMs: number }> {
  const caller = await stack.join({ agent: 'bank', kind: 'web' });
  await greeting(caller);
  let sinceMs = 0;
  await askUntil(caller, 'what are my recent transactions', 'the answer to begin', () => {
    // The answer takes some seconds; three without a pause are nothing else.
    const recent = caller.heard.slice(-150);
    const loud = recent.filter((window) => window.loud);
    sinceMs = loud[0]?.atMs ?? 0;
    return loud.length > 90 ? true : undefined;
  });
  return { caller, sinceMs };
}

/** The recognisers of the sandbox make a sentence of any sound; real ones make none of a cough. */
function coughAt(caller: TestCaller): Promise<number> {
  for (const provider of ['deepgram', 'whisper'] as const) {
    stack.providers.admin.faults.set({ provider, hang: true });
  }
  return caller.say(cough());
}

/** Loud and voiced, as far as a voice detection can tell. */
function cough(): Int16Array {
  const samples = new Int16Array(CALLER_RATE_HZ * 0.45);
  for (let i = 0; i < samples.length; i++) {
    const at = i / CALLER_RATE_HZ;
    const buzz = [1, 2, 3, 5, 7].reduce(
      (sum, n) => sum + Math.sin(2 * Math.PI * 130 * n * at) / n,
      0,
    );
    samples[i] = Math.round(7_000 * buzz * Math.min(1, at * 40));
  }
  return samples;
}

describe('a caller who makes a sound while the agent tells something', () => {
  it.each([
    ['says okay', (caller: TestCaller) => ask(caller, 'okay')],
    ['coughs', coughAt],
  ])('and only %s hears it to its end', async (_, makeSound) => {
    const { caller } = await callerBeingTold();
    await makeSound(caller);
    const report = await caller.until('the report of the turn', () => caller.turns.at(-1));
    expect(report).toMatchObject({ tools: ['get_recent_transactions'], interrupted: false });
    const told = agentCaptions(caller).find((text) => text.startsWith('Here are'));
    expect(told).toMatch(LAST_OF_TRANSACTIONS);
  });

  it('and asks something else is answered that', async () => {
    const { caller } = await callerBeingTold();
    const beganMs = Date.now();
    const askedMs = await ask(caller, 'what is my account balance');
    await caller.until('the new answer', () =>
      agentCaptions(caller).find((text) => /account balance is/.test(text)),
    );
    expect(caller.turns[0]).toMatchObject({ interrupted: true });
    // While the question was asked the agent was silent for longer than between two sentences.
    const during = caller.heard.filter(({ atMs }) => atMs > beganMs && atMs < askedMs);
    let quietest = 0;
    let quiet = 0;
    for (const { loud } of during) {
      quiet = loud ? 0 : quiet + 1;
      quietest = Math.max(quietest, quiet);
    }
    expect(quietest).toBeGreaterThan(30);
  });
});
