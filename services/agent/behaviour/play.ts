import { hasDevanagari } from '@patchbay/sandbox/speech/devanagari';
import { hindiReplyGrammar } from '@patchbay/sandbox/speech/hindi-grammars';
import { replyGrammar } from '@patchbay/sandbox/speech/grammars';
import { speak } from '@patchbay/sandbox/speech/espeak';
import { recognize } from '@patchbay/sandbox/speech/pocketsphinx';
import type { AgentStack } from '../testing/agent-stack.ts';
import { CALLER_RATE_HZ, type TestCaller } from '../testing/test-caller.ts';
import { STRANGERS_PHONE } from './customers.ts';
import {
  faultsOf,
  type BehaviourSet,
  type ScriptedCaller,
  type ScriptedTurn,
  type TurnOutcome,
} from './scripted-caller.ts';

/** The agent may have been misheard by a machine that stutters, or have misheard: people say it again. */
const MOST_TRIES = 2;
const MISHEARD = /did not understand|समझ नहीं पाई/;
/** Silence that ends an answer whose turn was reported. */
const ANSWER_SILENCE_MS = 700;
const LANGUAGES = {
  en: { grammar: replyGrammar, callersVoice: 'en-us' },
  hi: { grammar: hindiReplyGrammar, callersVoice: 'hi' },
} as const;

/**
 * Have a scripted caller call by phone, and judge the agent: by the tools it says it has called, by
 * what a recogniser makes of its voice, by how the call ends, and by what the bank holds afterwards.
 *
 * @returns what went wrong, a sentence each
 */
export async function play(
  stack: AgentStack,
  set: BehaviourSet,
  script: ScriptedCaller,
): Promise<string[]> {
  const phoneNumber = script.customer?.phone ?? STRANGERS_PHONE;
  // A call that is tried again finds the bank as the first one did.
  stack.ledger.restore(phoneNumber);
  const caller = await stack.join({ agent: set.agent, kind: 'phone', phoneNumber });
  const faults: string[] = [];
  const blame = (when: string, found: readonly string[]) =>
    faults.push(...found.map((fault) => `${when}: ${fault}`));

  await caller.answer();
  const greeting = await hear(set, await caller.utteranceAfter(0, ANSWER_SILENCE_MS));
  blame('greeting', faultsOf({ calls: [], hears: set.greeting }, { tools: [], heard: greeting }));
  for (const turn of script.turns) {
    blame(deedOf(turn), await judged(caller, set, turn));
  }
  if (script.ends) {
    const end = await caller.until('the end of the call', () => caller.ends[0]);
    if (end.cause !== script.ends) blame('end', [`was ${end.cause}, not ${script.ends}`]);
    await caller.disconnected;
  } else {
    await caller.hangUp();
  }
  if (script.cardAfterwards) {
    const status = stack.ledger.byPhone(phoneNumber)?.card.status;
    if (status !== script.cardAfterwards) blame('afterwards', [`the card is ${status}`]);
  }
  return faults;
}

async function judged(
  caller: TestCaller,
  set: BehaviourSet,
  turn: ScriptedTurn,
): Promise<string[]> {
  for (let tries = 1; ; tries++) {
    const outcome = await outcomeOf(caller, set, turn);
    const faults = faultsOf(turn, outcome);
    const mayTryAgain = outcome.heard === '' || MISHEARD.test(outcome.heard);
    if (faults.length === 0 || tries === MOST_TRIES || !mayTryAgain) return faults;
  }
}

async function outcomeOf(
  caller: TestCaller,
  set: BehaviourSet,
  turn: ScriptedTurn,
): Promise<TurnOutcome> {
  const { does } = turn;
  const reported = caller.turns.length;
  const doneAtMs =
    'say' in does ? await say(caller, set, does.say) : await caller.press(does.press);
  // It comes when the answer was said, whatever pauses that has.
  await caller.until(`an answer to ${deedOf(turn)}`, () => caller.turns[reported]);
  const heard = await hear(set, await caller.utteranceAfter(doneAtMs, ANSWER_SILENCE_MS));
  return { heard, tools: caller.turns.slice(reported).flatMap(({ tools }) => tools) };
}

function deedOf({ does }: ScriptedTurn): string {
  return 'say' in does ? `“${does.say}”` : `the keys ${does.press}`;
}

async function say(caller: TestCaller, set: BehaviourSet, sentence: string): Promise<number> {
  const voice = hasDevanagari(sentence) ? LANGUAGES[set.language].callersVoice : 'en-us';
  return caller.say(await speak(sentence, { sampleRateHz: CALLER_RATE_HZ, voice }));
}

function hear(set: BehaviourSet, samples: Int16Array): Promise<string> {
  return recognize(samples, LANGUAGES[set.language].grammar);
}
