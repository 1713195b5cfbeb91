import { PCMU } from '@patchbay/common/g711';
import { createLogger } from '@patchbay/common/logger';
import { parseRoomName, type Door } from '@patchbay/common/room-contract';
import { BrowserCaller } from '../browser/browser-caller.ts';
import {
  ask,
  BALANCE_QUESTION,
  hearGreeting,
  type HeardTurn,
  type Speaker,
} from '../demo/conversation.ts';
import { stagesOf, type StagesMs } from '../demo/door-report.ts';
import { tellsBalance } from '../e2e/calls.ts';
import { Observer, waitForRoom } from '../stack/observer.ts';
import { setProviderFault } from '../stack/provider-faults.ts';
import { LOCAL_NUMBERS, type Stack } from '../stack/stack.ts';
import { tellWords } from '../stack/told-words.ts';
import { Telephone } from '../telephone/telephone.ts';

const ROOM_TIMEOUT_MS = 15_000;

export type BenchDoor = 'reach' | 'web';
export type Delays = 'instant' | 'typical';

/**
 * What the stand-ins wait before their first byte. `typical` is the median others publish (docs/budget.md).
 * The recogniser is told the words beforehand: offline it would take time of its own and processors
 * that a provider's does not. Its wait hides behind the agent's own for the end of the turn.
 */
export const DELAYS_MS: Readonly<Record<Delays, { sttMs: number; llmMs: number; ttsMs: number }>> =
  {
    instant: { sttMs: 0, llmMs: 0, ttsMs: 0 },
    typical: { sttMs: 100, llmMs: 300, ttsMs: 120 },
  };

/**
 * What callers ask, in turn. To look something up takes two requests to the language model, one that
 * calls the tool and one that says what it gave; they are figures of their own.
 */
export const QUESTIONS = {
  'said at once': {
    question: 'what can you do',
    llmRequests: 1,
    isRight: (heard: string) => heard.startsWith('you can ask'),
  },
  'looked up': {
    question: BALANCE_QUESTION,
    llmRequests: 2,
    isRight: tellsBalance,
  },
} as const;
export type Answer = keyof typeof QUESTIONS;
export const ANSWERS = Object.keys(QUESTIONS) as Answer[];

export interface BenchTurn {
  answer: Answer;
  heard: string;
  stagesMs: StagesMs;
  /** How long the browser held the agent's sound, on average over the call. */
  heldMs?: number | undefined;
}

/** Let the stand-ins wait so long from now on. @throws Error when they refuse */
export async function setDelays(stack: Stack, delays: Delays): Promise<void> {
  const { sttMs, llmMs, ttsMs } = DELAYS_MS[delays];
  await setProviderFault(stack, { provider: 'deepgram', delayMs: sttMs });
  await setProviderFault(stack, { provider: 'openai', delayMs: llmMs });
  await setProviderFault(stack, { provider: 'cartesia', delayMs: ttsMs });
}

/** One call at a door: the greeting, then the questions in turn. */
export const doors: Record<BenchDoor, (stack: Stack, turns: number) => Promise<BenchTurn[]>> = {
  reach: async (stack, turns) => {
    const log = createLogger({ service: 'telephone', level: 'warn', personalData: false });
    const phone = await Telephone.open({ transport: 'udp', host: '127.0.0.1', log });
    try {
      return await talk(stack, 'reach', turns, async () => {
        const { bank: to, caller: from } = LOCAL_NUMBERS;
        const call = phone.call({ to, from, server: stack.sip, payloadTypes: [PCMU] });
        await call.answered;
        return call;
      });
    } finally {
      await phone.close();
    }
  },
  web: async (stack, turns) => {
    const caller = await BrowserCaller.open(stack.apiUrl);
    try {
      return await talk(stack, 'web', turns, async () => {
        await caller.call('bank');
        return caller;
      });
    } finally {
      await caller.close();
    }
  },
};

async function talk(
  stack: Stack,
  door: Door,
  count: number,
  call: () => Promise<
    Speaker & { hangup(): Promise<void>; heldMs?(): Promise<number | undefined> }
  >,
): Promise<BenchTurn[]> {
  // Joined while it rings: afterwards the work of joining would hold the caller's packets up.
  const joins = waitForRoom(
    stack.livekit,
    (name) => parseRoomName(name)?.door === door,
    ROOM_TIMEOUT_MS,
  ).then(async (room) => ({ room, observer: await Observer.join(stack.livekit, room) }));
  const [{ room, observer }, speaker] = await Promise.all([joins, call()]);
  try {
    await hearGreeting(speaker);
    const turns: (HeardTurn & { answer: Answer })[] = [];
    for (let n = 0; n < count; n++) {
      const answer = ANSWERS[n % ANSWERS.length] as Answer;
      const { question } = QUESTIONS[answer];
      await tellWords(stack, question);
      turns.push({ answer, ...(await ask(speaker, question)) });
    }
    const heldMs = await speaker.heldMs?.();
    await speaker.hangup();
    const callId = parseRoomName(room)?.callId;
    const record = await stack.records.next((r) => r.callId === callId, ROOM_TIMEOUT_MS);
    const stages = stagesOf(turns, observer.turns, record);
    return turns.map(({ answer, heard }, index) => ({
      answer,
      heard,
      stagesMs: stages[index]?.stagesMs ?? {},
      heldMs,
    }));
  } finally {
    await observer.close();
  }
}
