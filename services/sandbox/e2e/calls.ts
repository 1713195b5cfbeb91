import { silentLogger } from '@patchbay/common/logger';
import { PCMA, PCMU, type G711PayloadType } from '@patchbay/common/g711';
import type { CallRecord } from '@patchbay/common/call-record';
import {
  ask,
  BALANCE_QUESTION,
  GOODBYE,
  hearGreeting,
  type Speaker,
} from '../demo/conversation.ts';
import { heardAmountMinor } from '../speech/heard-amount.ts';
import { LOCAL_NUMBERS, type Stack } from '../stack/stack.ts';
import { SilenceError } from '../telephone/phone-error.ts';
import { Telephone } from '../telephone/telephone.ts';
import { BrowserCaller } from '../browser/browser-caller.ts';

/** A machine at its limits may stutter: a caller who has heard nothing, or no sense, asks again, as people do. */
const MOST_QUESTIONS = 3;

export interface Conversation {
  greeting: string;
  /** The last answer. */
  answer: string;
  /** How often the caller had to ask. */
  questions: number;
  goodbye: string;
}

export interface PhoneOptions {
  /** Address of the telephone. Default 127.0.0.1. */
  host?: string;
  transport?: 'udp' | 'tcp';
  payloadTypes?: G711PayloadType[];
  to?: string;
  question?: string;
  /** What the caller takes for an answer: by default the balance that the back end holds. */
  makesSense?: (heard: string) => boolean;
}

/** What the back end holds for the caller, in cents. */
export const BALANCE_MINOR = 245_000;

/** Was the caller told that balance? */
export function tellsBalance(heard: string): boolean {
  return heardAmountMinor(heard) === BALANCE_MINOR;
}

/** A whole phone call: greeting, a question, its answer, goodbye; the agent hangs up. */
export async function talkByPhone(
  stack: Pick<Stack, 'sip'>,
  options: PhoneOptions = {},
): Promise<Conversation & { endedBy: string }> {
  const phone = await Telephone.open({
    transport: options.transport ?? 'udp',
    host: options.host ?? '127.0.0.1',
    log: silentLogger(),
  });
  try {
    const call = phone.call({
      to: options.to ?? LOCAL_NUMBERS.bank,
      from: LOCAL_NUMBERS.caller,
      server: stack.sip,
      payloadTypes: options.payloadTypes ?? [PCMA, PCMU],
    });
    await call.answered;
    const conversation = await talk(call, options);
    const { by: endedBy } = await call.ended;
    return { ...conversation, endedBy };
  } finally {
    await phone.close();
  }
}

/** The same by the web page. */
export async function talkByWeb(stack: Pick<Stack, 'apiUrl'>): Promise<Conversation> {
  const caller = await BrowserCaller.open(stack.apiUrl);
  try {
    await caller.call('bank');
    return await talk(caller, {});
  } finally {
    await caller.close();
  }
}

async function talk(
  speaker: Speaker,
  {
    question = BALANCE_QUESTION,
    makesSense = tellsBalance,
  }: Pick<PhoneOptions, 'question' | 'makesSense'>,
): Promise<Conversation> {
  const greeting = await hearGreeting(speaker);
  const { answer, questions } = await askUntil(speaker, question, makesSense);
  const { answer: goodbye } = await askUntil(speaker, GOODBYE, (heard) =>
    heard.includes('goodbye'),
  );
  return { greeting, answer, questions, goodbye };
}

/** Ask until an answer makes sense, at most three times. @returns the last answer, and how often */
export async function askUntil(
  speaker: Speaker,
  question: string,
  makesSense: (heard: string) => boolean,
): Promise<{ answer: string; questions: number }> {
  let answer = '';
  let questions = 0;
  while (questions < MOST_QUESTIONS && !makesSense(answer)) {
    answer = await answerTo(speaker, question);
    questions++;
  }
  return { answer, questions };
}

async function answerTo(speaker: Speaker, question: string): Promise<string> {
  try {
    return (await ask(speaker, question)).heard;
  } catch (error) {
    if (error instanceof SilenceError) return '';
    throw error;
  }
}

/** The records of the calls of a door that are complete by now. */
export function recordsOf(stack: Stack, door: CallRecord['door']): CallRecord[] {
  return stack.records.all.filter((record) => record.door === door);
}
