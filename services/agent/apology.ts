import { join } from 'node:path';
import type { voice } from '@livekit/agents';
import { framesOf, readRecording, type Recording } from './recording.ts';

/** The words of assets/apology.wav, for captions. */
export const APOLOGY_TEXT = "Sorry, I can't help you right now. Please call again later. Goodbye.";

/** Read the recorded apology. It needs no provider, so it can always be played. */
export function readApology(): Recording {
  return readRecording(join(import.meta.dirname, 'assets', 'apology.wav'));
}

/** Play the apology to its end, over whatever the agent was saying. */
export async function apologise(session: voice.AgentSession, apology: Recording): Promise<void> {
  // What the caller says from now on reaches nobody.
  session.input.setAudioEnabled(false);
  // Not forced, because only then it waits for the speech to be over (5 s at most); a caption begun
  // earlier is broken off with the speech before it.
  await session.interrupt().await;
  const speech = session.say(APOLOGY_TEXT, {
    audio: framesOf(apology),
    allowInterruptions: false,
    addToChatCtx: false,
  });
  await new Promise<void>((resolve) => speech.addDoneCallback(() => resolve()));
}
