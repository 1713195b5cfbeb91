import { speak } from '@patchbay/sandbox/speech/espeak';
import { RoomServiceClient } from 'livekit-server-sdk';
import type { AgentStack } from './agent-stack.ts';
import { CALLER_RATE_HZ, until, type TestCaller } from './test-caller.ts';

/** What callers do and see, for the tests of calls. */

/** Say a sentence. @returns Unix ms at which it ended */
export async function ask(caller: TestCaller, sentence: string): Promise<number> {
  return caller.say(await speak(sentence, { sampleRateHz: CALLER_RATE_HZ }));
}

const MOST_QUESTIONS = 3;
const ANSWER_WAIT_MS = 9_000;

/**
 * Say a sentence until something has come of it. On a machine at its limits speech may arrive in
 * pieces that no recogniser makes sense of; a caller who gets no answer asks again, as people do.
 */
export async function askUntil<T>(
  caller: TestCaller,
  sentence: string,
  what: string,
  probe: () => T | undefined,
): Promise<T> {
  for (let questions = 1; ; questions++) {
    await ask(caller, sentence);
    try {
      return await caller.until(what, probe, ANSWER_WAIT_MS);
    } catch (error) {
      if (questions === MOST_QUESTIONS) throw error;
    }
  }
}

/** Wait for the greeting; what was said is in the captions, that it sounded is in the audio. */
export async function greeting(caller: TestCaller): Promise<string> {
  await caller.utteranceAfter(0);
  return caller.until('the greeting', () => agentCaptions(caller)[0]);
}

export function agentCaptions(caller: TestCaller): string[] {
  const own = caller.room.localParticipant?.identity;
  return caller.captions.filter(({ who }) => who !== own).map(({ text }) => text.trim());
}

/** The lines that the worker logged with this message for this call. */
export function logged(stack: AgentStack, caller: TestCaller, msg: string) {
  return stack.worker.lines.filter((line) => line.msg === msg && line.callId === caller.callId);
}

/** Wait until the call is over: its room is gone from LiveKit, its job from the worker. */
export async function ended(stack: AgentStack, caller: TestCaller): Promise<void> {
  await caller.disconnected;
  const { httpUrl, apiKey, apiSecret } = stack.livekit;
  const rooms = new RoomServiceClient(httpUrl, apiKey, apiSecret);
  await until('the room to be gone', async () =>
    (await rooms.listRooms([caller.roomName])).length === 0 ? true : undefined,
  );
  const job = await until(
    'the job to end the call',
    () => logged(stack, caller, 'call ended')[0]?.pid as number | undefined,
  );
  await until('the job process to be gone', async () =>
    (await stack.worker.children()).includes(job) ? undefined : true,
  );
}
