import type { voice } from '@livekit/agents';
import type { Apology } from '@patchbay/common/apology';
import { audioFramesOf } from '../recording.ts';
import { untilSpoken } from '../speaking.ts';

/** Play the apology to its end, over whatever the agent was saying. */
export async function apologise(session: voice.AgentSession, apology: Apology): Promise<void> {
  // What the caller says from now on reaches nobody.
  session.input.setAudioEnabled(false);
  // Not forced, because only then it waits for the speech to be over (5 s at most); a caption begun
  // earlier is broken off with the speech before it.
  await session.interrupt().await;
  const speech = session.say(apology.text, {
    audio: audioFramesOf(apology.recording),
    allowInterruptions: false,
    addToChatCtx: false,
  });
  await untilSpoken(speech);
}
