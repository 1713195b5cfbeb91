import { dispose } from '@livekit/rtc-node';
import { replyGrammar } from '@patchbay/sandbox/speech/grammars';
import { recognize } from '@patchbay/sandbox/speech/pocketsphinx';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startAgentStack, type AgentStack } from './testing/agent-stack.ts';
import { agentCaptions, ask, askUntil, ended, greeting, logged } from './testing/caller-steps.ts';
import { until, type TestCaller } from './testing/test-caller.ts';

const BANK_GREETING = 'Welcome to the bank. How can I help you?';
const BALANCE = 'your account balance is two thousand four hundred fifty dollars';

let stack: AgentStack;
beforeAll(async () => {
  stack = await startAgentStack();
});
afterAll(async () => {
  await stack.close();
  await dispose();
});
afterEach(async () => {
  await stack.hangUpAll();
});

/**
 * Ask and understand the answer from its sound alone. A machine at its limits may stutter, so the
 * caller asks again, as people do.
 */
async function heardAnswer(caller: TestCaller, sentence: string, expected: string): Promise<void> {
  const heard: string[] = [];
  while (heard.length < 3 && heard.at(-1) !== expected) {
    const asked = await ask(caller, sentence);
    heard.push(await recognize(await caller.utteranceAfter(asked), replyGrammar));
  }
  expect(heard).toContain(expected);
}

describe('a caller in a browser', () => {
  it('is greeted at once, asks, is answered, says goodbye, and the call ends', async () => {
    const caller = await stack.join({ agent: 'bank', kind: 'web' });
    expect(await greeting(caller)).toBe(BANK_GREETING);

    await heardAnswer(caller, 'what is my account balance', BALANCE);
    const report = await caller.until('the turn report', () => caller.turns[0]);
    expect(report).toMatchObject({ turn: 1, tools: ['get_balance'], interrupted: false });
    expect(Object.keys(report.stagesMs).sort()).toEqual([
      'agentTotal',
      'endOfTurn',
      'llm',
      'stt',
      'tts',
    ]);

    const answers = caller.turns.length;
    await askUntil(caller, 'goodbye', 'the end of the call', () => caller.ends[0]);
    await ended(stack, caller);
    expect(caller.ends).toEqual([{ cause: 'agent-hangup' }]);
    expect(caller.turns.at(-1)).toMatchObject({ turn: answers + 1, tools: ['end_call'] });
    expect(agentCaptions(caller)).toContain(
      'Your account balance is two thousand four hundred fifty dollars.',
    );
    expect(agentCaptions(caller).at(-1)).toMatch(/Goodbye\.$/);
    expect(await recognize(caller.lastUtterance(), replyGrammar)).toMatch(/goodbye$/);
    expect(await stack.worker.metric('patchbay_agent_jobs_total{result="agent-hangup"}')).toBe(1);
    expect(
      await stack.worker.metric(
        'patchbay_agent_turn_seconds_count{stage="agentTotal",agent="bank",door="web"}',
      ),
    ).toBe(answers + 1);
  });

  it('who wants the support desk gets the support desk', async () => {
    const caller = await stack.join({ agent: 'support', kind: 'web' });
    expect(await greeting(caller)).toBe('This is the support desk. How can I help you?');
    await heardAnswer(caller, 'is there an outage', 'all services are running');
    await caller.hangUp();
    await ended(stack, caller);
  });

  it('who leaves takes the job along', async () => {
    const before = await stack.worker.metric('patchbay_agent_jobs_total{result="caller-hangup"}');
    const caller = await stack.join({ agent: 'bank', kind: 'web' });
    await caller.firstSoundAfter(0);
    const job = await until('the job', async () => {
      const started = logged(stack, caller, 'call started')[0];
      return Promise.resolve(typeof started?.pid === 'number' ? started.pid : undefined);
    });
    expect(await stack.worker.children()).toContain(job);
    await caller.hangUp();
    await until('the job process to end', async () =>
      (await stack.worker.children()).includes(job) ? undefined : true,
    );
    expect(await stack.worker.metric('patchbay_agent_jobs_total{result="caller-hangup"}')).toBe(
      before + 1,
    );
  });

  it('who speaks over the agent is listened to', async () => {
    const caller = await stack.join({ agent: 'bank', kind: 'web' });
    await caller.firstSoundAfter(0);
    await ask(caller, 'what is my account balance');
    await caller.until('the answer', () =>
      agentCaptions(caller).find((text) => /two thousand four hundred fifty/.test(text)),
    );
    await caller.hangUp();
    await ended(stack, caller);
  });

  it('who wants an agent that does not exist is told so by data, and the room ends', async () => {
    const caller = await stack.join({ agent: 'nobody', kind: 'web' });
    await ended(stack, caller);
    expect(caller.ends).toEqual([{ cause: 'unknown-agent' }]);
    expect(stack.worker.lines).toContainEqual(
      expect.objectContaining({
        msg: 'unknown agent wanted',
        agent: 'nobody',
        known: expect.arrayContaining(['bank', 'support']) as unknown,
      }),
    );
  });
});

describe('a caller by phone', () => {
  it('rings with the agent there but silent, and is greeted once the call is answered', async () => {
    const caller = await stack.join({ agent: 'bank', kind: 'phone' });
    await caller.until('the agent to be there', () => caller.agentTrackAtMs);
    await caller.until('a second of ringing', () => caller.heard[100]);
    expect(caller.heard.some(({ loud }) => loud)).toBe(false);
    await caller.answer();
    expect(await greeting(caller)).toBe(BANK_GREETING);
    await caller.hangUp();
    await ended(stack, caller);
    expect(logged(stack, caller, 'call started')[0]).toMatchObject({
      door: 'reach',
      callerNumber: '[redacted]',
    });
  });

  it('who gives up while it rings leaves nothing behind', async () => {
    const caller = await stack.join({ agent: 'bank', kind: 'phone' });
    await caller.until('the agent to be there', () => caller.agentTrackAtMs);
    await caller.hangUp();
    await ended(stack, caller);
    expect(logged(stack, caller, 'call ended')[0]).toMatchObject({ result: 'caller-hangup' });
  });

  it('who is no customer hears that, and nothing of another account', async () => {
    const caller = await stack.join({ agent: 'bank', kind: 'phone', phoneNumber: '+12025550100' });
    await caller.answer();
    await greeting(caller);
    await askUntil(caller, 'what is my account balance', 'the answer', () =>
      agentCaptions(caller).find((text) => /could not find an account for you/.test(text)),
    );
    expect(agentCaptions(caller).join()).not.toMatch(/dollars/);
    await caller.hangUp();
    await ended(stack, caller);
  });
});
