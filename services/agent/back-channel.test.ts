import { stt } from '@livekit/agents';
import { expect, it } from 'vitest';
import { isBackChannel, withoutBackChannel } from './back-channel.ts';

it.each(['mhm', 'Okay.', 'Uh-huh.', 'OK, I see.', 'right', 'अच्छा', 'ठीक है।'])(
  '%j only tells that somebody listens',
  (text) => expect(isBackChannel(text)).toBe(true),
);

it.each(['', 'yes', 'no', 'okay stop', 'okay what is my balance', 'हाँ', 'I see a problem'])(
  '%j is something to be heard',
  (text) => expect(isBackChannel(text)).toBe(false),
);

function heard(text: string): stt.SpeechEvent {
  const alternative = { text, language: 'en', startTime: 0, endTime: 0, confidence: 1 };
  return {
    type: stt.SpeechEventType.FINAL_TRANSCRIPT,
    alternatives: [alternative],
  } as unknown as stt.SpeechEvent;
}

it('is left out while the agent speaks, and only then', async () => {
  let overAgent = true;
  const events = [
    { type: stt.SpeechEventType.START_OF_SPEECH },
    heard('mhm'),
    heard('okay stop'),
    heard('okay'),
  ];
  const seen: (string | undefined)[] = [];
  // eslint-disable-next-line @typescript-eslint/require-await -- what a stream is
  const stream = async function* (): AsyncGenerator<stt.SpeechEvent> {
    yield* events;
  };
  for await (const event of withoutBackChannel(stream(), () => overAgent)) {
    seen.push(event.alternatives?.[0].text);
    if (seen.length === 2) overAgent = false;
  }
  expect(seen).toEqual([undefined, 'okay stop', 'okay']);
});
