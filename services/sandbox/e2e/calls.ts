import { PCMA, PCMU, type G711PayloadType } from '@patchbay/common/g711';
import { parseRoomName } from '@patchbay/common/room-contract';
import type { CallRecord } from '@patchbay/common/call-record';
import { ask, BALANCE_QUESTION, hearGreeting, GOODBYE } from '../demo/conversation.ts';
import { LOCAL_NUMBERS, type Stack } from '../stack/stack.ts';
import { Telephone } from '../telephone/telephone.ts';
import { BrowserCaller } from '../browser/browser-caller.ts';
import { testLog } from './stack.ts';

export interface Conversation {
  greeting: string;
  answer: string;
  goodbye: string;
}

export interface PhoneOptions {
  transport?: 'udp' | 'tcp';
  payloadTypes?: G711PayloadType[];
  to?: string;
  question?: string;
}

/** A whole phone call: greeting, a question, its answer, goodbye; the agent hangs up. */
export async function talkByPhone(
  stack: Stack,
  options: PhoneOptions = {},
): Promise<Conversation & { endedBy: string }> {
  const phone = await Telephone.open({
    transport: options.transport ?? 'udp',
    host: '127.0.0.1',
    log: testLog,
  });
  try {
    const call = phone.call({
      to: options.to ?? LOCAL_NUMBERS.bank,
      from: LOCAL_NUMBERS.caller,
      server: stack.sip,
      payloadTypes: options.payloadTypes ?? [PCMA, PCMU],
    });
    await call.answered;
    const greeting = await hearGreeting(call);
    const { heard: answer } = await ask(call, options.question ?? BALANCE_QUESTION);
    const { heard: goodbye } = await ask(call, GOODBYE);
    const { by: endedBy } = await call.ended;
    return { greeting, answer, goodbye, endedBy };
  } finally {
    await phone.close();
  }
}

/** The same by the web page. */
export async function talkByWeb(stack: Stack): Promise<Conversation> {
  const caller = await BrowserCaller.open(stack.apiUrl);
  try {
    await caller.call('bank');
    const greeting = await hearGreeting(caller);
    const { heard: answer } = await ask(caller, BALANCE_QUESTION);
    const { heard: goodbye } = await ask(caller, GOODBYE);
    return { greeting, answer, goodbye };
  } finally {
    await caller.close();
  }
}

/** The records of the calls of a door that are complete by now. */
export function recordsOf(stack: Stack, door: CallRecord['door']): CallRecord[] {
  return stack.records.all.filter((record) => record.door === door);
}

/** Ids of the rooms' calls, for matching with records. */
export function callIdOf(room: string): string {
  const parsed = parseRoomName(room);
  if (!parsed) throw new Error(`not a room of ours: ${room}`);
  return parsed.callId;
}
