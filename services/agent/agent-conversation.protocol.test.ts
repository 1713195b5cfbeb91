import { dispose } from '@livekit/rtc-node';
import { AGENT_ATTRIBUTE } from '@patchbay/common/room-contract';
import { DEMO_CUSTOMER } from '@patchbay/sandbox/bank/ledger';
import { replyGrammar } from '@patchbay/sandbox/speech/grammars';
import { recognize } from '@patchbay/sandbox/speech/pocketsphinx';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startAgentStack, type AgentStack } from './testing/agent-stack.ts';
import { agentCaptions, askUntil, ended, greeting, logged } from './testing/caller-steps.ts';
import type { TestCaller } from './testing/test-caller.ts';

const CARD = 'the card ending in four two four two';

let stack: AgentStack;
beforeAll(async () => {
  stack = await startAgentStack({ AGENT_SILENCE_MS: '5000' });
});
afterAll(async () => {
  await stack.close();
  await dispose();
});
afterEach(async () => {
  stack.providers.admin.faults.clear();
  await stack.hangUpAll();
});

/** Say something until the agent has said something that fits. */
function hear(caller: TestCaller, sentence: string, expected: RegExp): Promise<string> {
  return askUntil(caller, sentence, `an answer like ${expected}`, () =>
    agentCaptions(caller).find((text) => expected.test(text)),
  );
}

describe('a caller', () => {
  it('whose card shall be blocked is asked first, and told once it is done', async () => {
    // A try that failed may have blocked it.
    stack.ledger.restore(DEMO_CUSTOMER.phone);
    const caller = await stack.join({ agent: 'bank', kind: 'web' });
    await greeting(caller);
    await hear(caller, 'block my card', new RegExp(`^Do you want me to block ${CARD}\\?$`));
    expect(agentCaptions(caller).join()).not.toMatch(/is blocked/);
    await hear(caller, 'yes please', new RegExp(`${CARD} is blocked`, 'i'));
    const report = await caller.until('the report of the question', () => caller.turns[0]);
    expect(report.tools).toEqual(['block_card']);
    expect(report.stagesMs.agentTotal).toBeGreaterThan(0);
  });

  it('is connected by the concierge with the bank, which knows the question', async () => {
    const caller = await stack.join({ agent: 'concierge', kind: 'web' });
    expect(await greeting(caller)).toMatch(/^Good day/);
    await hear(caller, 'what is my account balance', /two thousand four hundred fifty dollars/);
    const captions = agentCaptions(caller);
    expect(captions).toContain('This is the bank.');
    expect(captions.join()).not.toMatch(/Welcome to the bank/);
    expect(caller.agent?.attributes[AGENT_ATTRIBUTE]).toBe('bank');
    expect(logged(stack, caller, 'handed over')).toMatchObject([{ from: 'concierge', to: 'bank' }]);
    const report = await caller.until('the report of the turn', () => caller.turns[0]);
    expect(report.tools).toEqual(['connect_to', 'get_balance']);
  });

  it('who spoke and was not understood by anybody is asked to say it again', async () => {
    const caller = await stack.join({ agent: 'bank', kind: 'web' });
    await greeting(caller);
    for (const provider of ['deepgram', 'whisper'] as const) {
      stack.providers.admin.faults.set({ provider, hang: true });
    }
    await hear(caller, 'what is my account balance', /did not understand that.*say it again/);
    stack.providers.admin.faults.clear();
    await hear(caller, 'what is my account balance', /two thousand four hundred fifty dollars/);
  });

  it('who says nothing is asked twice, told goodbye, and the call ends', async () => {
    const caller = await stack.join({ agent: 'bank', kind: 'web' });
    await greeting(caller);
    await caller.until('the end', () => caller.ends[0], 50_000);
    await ended(stack, caller);
    expect(agentCaptions(caller).slice(1)).toEqual([
      'Are you still there?',
      'I can not hear you. Are you still there?',
      'I can not hear you, so I will hang up now. Goodbye.',
    ]);
    expect(await recognize(caller.lastUtterance(), replyGrammar)).toBe(
      'i can not hear you so i will hang up now goodbye',
    );
    expect(caller.ends).toEqual([{ cause: 'agent-hangup' }]);
  });
});

describe('a caller of the Hindi agent', () => {
  it('is greeted and told the balance in Hindi, heard and spoken by Sarvam', async () => {
    const caller = await stack.join({ agent: 'bank-hindi', kind: 'web' });
    expect(await greeting(caller)).toBe('बैंक में आपका स्वागत है। मैं आपकी क्या मदद कर सकती हूँ?');
    stack.providers.admin.counts.reset();
    await hear(caller, 'what is my account balance', /दो हज़ार चार सौ पचास डॉलर/);
    const { counts } = stack.providers.admin;
    expect(counts.get('sarvam-stt', 'utterances')).toBeGreaterThan(0);
    expect(counts.get('deepgram', 'utterances')).toBe(0);
  });

  it('hears the apology in Hindi when nobody can answer', async () => {
    const caller = await stack.join({ agent: 'bank-hindi', kind: 'web' });
    await greeting(caller);
    for (const provider of ['openai', 'groq'] as const) {
      stack.providers.admin.faults.set({ provider, status: 401 });
    }
    await askUntil(caller, 'what is my account balance', 'the end', () => caller.ends[0]);
    await caller.disconnected;
    expect(caller.captions.at(-1)?.text).toMatch(/^माफ़ कीजिए, अभी मैं आपकी मदद नहीं कर सकती/);
  });
});
