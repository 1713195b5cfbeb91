import { expect, it } from 'vitest';
import { tone } from '../audio/tone.ts';
import { understand } from './ear.ts';
import { speak } from './espeak.ts';

it('several that ask at once are each told what they heard, and a tone is no words', async () => {
  const sentences = ['goodbye', 'thank you for calling goodbye'];
  const spoken = await Promise.all(sentences.map((text) => speak(text, { sampleRateHz: 8_000 })));
  const beep = tone({ frequencyHz: 440, durationMs: 400, sampleRateHz: 8_000, amplitude: 0.5 });
  const heard = await Promise.all([...spoken, beep].map(understand));
  expect(heard[1]).toBe('thank you for calling goodbye');
  expect(heard[2]).toBe('');
  // What was asked about is still ours.
  expect(beep.length).toBe(3_200);
});
