import { dispose } from '@livekit/rtc-node';
import { defineGrammar } from '@patchbay/sandbox/speech/grammar';
import { replyGrammar } from '@patchbay/sandbox/speech/grammars';
import { recognize } from '@patchbay/sandbox/speech/pocketsphinx';
import { speak } from '@patchbay/sandbox/speech/espeak';
import { RoomServiceClient } from 'livekit-server-sdk';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startAgentStack, type AgentStack } from './testing/agent-stack.ts';
import { CALLER_RATE_HZ, until, type TestCaller } from './testing/test-caller.ts';

const BANK_GREETING = 'Welcome to the bank. How can I help you?';
const BALANCE = 'your account balance is two thousand four hundred fifty dollars';
const APOLOGY = "sorry i can't help you right now please call again later goodbye";
const apologyGrammar = defineGrammar(
  'apology',
  `public <sentence> = ${APOLOGY} | ${BALANCE} | welcome to the bank how can i help you;`,
);

let stack: AgentStack;
beforeAll(async () => {
  // Short, so that a silent provider is found out within a test.
  stack = await startAgentStack({ AGENT_REPLY_LIMIT_MS: '4000', LOG_LEVEL: 'debug' });
});
afterAll(async () => {
  await stack.close();
  await dispose();
});
afterEach(async () => {
  stack.providers.admin.faults.clear();
  await stack.hangUpAll();
});

async function ask(caller: TestCaller, sentence: string): Promise<number> {
  return caller.say(await speak(sentence, { sampleRateHz: CALLER_RATE_HZ }));
}

/** Wait for the greeting; what was said is in the captions, that it sounded is in the audio. */
async function greeting(caller: TestCaller): Promise<string> {
  await caller.utteranceAfter(0);
  return caller.until('the greeting', () => agentCaptions(caller)[0]);
}

function agentCaptions(caller: TestCaller): string[] {
  const own = caller.room.localParticipant?.identity;
  return caller.captions.filter(({ who }) => who !== own).map(({ text }) => text.trim());
}

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

/** The call is over: its room is gone from LiveKit, its job from the worker. */
async function expectEnded(caller: TestCaller): Promise<void> {
  await caller.disconnected;
  const { httpUrl, apiKey, apiSecret } = stack.livekit;
  const rooms = new RoomServiceClient(httpUrl, apiKey, apiSecret);
  await until('the room to be gone', async () =>
    (await rooms.listRooms([caller.roomName])).length === 0 ? true : undefined,
  );
  const job = logged(caller, 'call ended')[0]?.pid;
  await until('the job process to be gone', async () =>
    typeof job === 'number' && (await stack.worker.children()).includes(job) ? undefined : true,
  );
}

function logged(caller: TestCaller, msg: string) {
  return stack.worker.lines.filter((line) => line.msg === msg && line.callId === caller.callId);
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
    await ask(caller, 'goodbye');
    await expectEnded(caller);
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
    await expectEnded(caller);
  });

  it('who leaves takes the job along', async () => {
    const before = await stack.worker.metric('patchbay_agent_jobs_total{result="caller-hangup"}');
    const caller = await stack.join({ agent: 'bank', kind: 'web' });
    await caller.firstSoundAfter(0);
    const job = await until('the job', async () => {
      const started = logged(caller, 'call started')[0];
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
    await expectEnded(caller);
  });

  it('who wants an agent that does not exist is told so by data, and the room ends', async () => {
    const caller = await stack.join({ agent: 'nobody', kind: 'web' });
    await expectEnded(caller);
    expect(caller.ends).toEqual([{ cause: 'unknown-agent' }]);
    expect(stack.worker.lines).toContainEqual(
      expect.objectContaining({
        msg: 'unknown agent wanted',
        agent: 'nobody',
        known: ['bank', 'support'],
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
    await expectEnded(caller);
    expect(logged(caller, 'call started')[0]).toMatchObject({
      door: 'reach',
      callerNumber: '[redacted]',
    });
  });

  it('who gives up while it rings leaves nothing behind', async () => {
    const caller = await stack.join({ agent: 'bank', kind: 'phone' });
    await caller.until('the agent to be there', () => caller.agentTrackAtMs);
    await caller.hangUp();
    await expectEnded(caller);
    expect(logged(caller, 'call ended')[0]).toMatchObject({ result: 'caller-hangup' });
  });

  it('who is no customer hears that, and nothing of another account', async () => {
    const caller = await stack.join({ agent: 'bank', kind: 'phone', phoneNumber: '+12025550100' });
    await caller.answer();
    await greeting(caller);
    await ask(caller, 'what is my account balance');
    await caller.until('the answer', () =>
      agentCaptions(caller).find((text) => /could not find an account for you/.test(text)),
    );
    expect(agentCaptions(caller).join()).not.toMatch(/dollars/);
    await caller.hangUp();
    await expectEnded(caller);
  });
});

describe('a provider that refuses its key', () => {
  it.each([
    ['deepgram', 'stt', 'DEEPGRAM_API_KEY'],
    ['cartesia', 'tts', 'CARTESIA_API_KEY'],
    ['openai', 'llm', 'OPENAI_API_KEY'],
  ] as const)(
    '%s: the caller hears an apology and the call ends',
    async (provider, stage, variable) => {
      stack.providers.admin.faults.set({ provider, status: 401 });
      const caller = await stack.join({ agent: 'bank', kind: 'web' });
      if (provider === 'openai') {
        await greeting(caller);
        await ask(caller, 'what is my account balance');
      }
      await expectApology(caller);
      expect(logged(caller, 'provider failed')).toEqual([
        expect.objectContaining({ provider, stage, variable, kind: 'key-refused' }),
      ]);
    },
  );
});

describe('a provider that', () => {
  it('fails every time ends the call with an apology', async () => {
    stack.providers.admin.faults.set({ provider: 'openai', status: 500 });
    const caller = await stack.join({ agent: 'bank', kind: 'web' });
    await greeting(caller);
    await ask(caller, 'what is my account balance');
    await expectApology(caller);
    expect(logged(caller, 'provider failed')[0]).toMatchObject({
      provider: 'openai',
      kind: 'failed',
    });
  });

  it.each([
    ['openai', 'llm'],
    ['cartesia', 'tts'],
  ] as const)('never answers (%s) ends the call with an apology', async (provider, stage) => {
    const caller = await stack.join({ agent: 'bank', kind: 'web' });
    await greeting(caller);
    stack.providers.admin.faults.set({ provider, hang: true });
    await ask(caller, 'what is my account balance');
    await expectApology(caller);
    expect(logged(caller, 'provider failed')[0]).toMatchObject({ provider, stage });
  });

  it('fails once is tried again', async () => {
    const caller = await stack.join({ agent: 'bank', kind: 'web' });
    await greeting(caller);
    stack.providers.admin.faults.set({ provider: 'openai', status: 500, times: 1 });
    await ask(caller, 'what is my account balance');
    await caller.until('the answer', () =>
      agentCaptions(caller).find((text) => /two thousand four hundred fifty/.test(text)),
    );
    await caller.hangUp();
    await expectEnded(caller);
  });
});

async function expectApology(caller: TestCaller): Promise<void> {
  await caller.disconnected;
  expect(caller.captions.at(-1)?.text).toMatch(/^Sorry, I can't help you right now/);
  expect(await recognize(caller.lastUtterance(), apologyGrammar)).toBe(APOLOGY);
  expect(caller.ends).toEqual([{ cause: 'provider-failure' }]);
  await expectEnded(caller);
}
