import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Endpointer, type EndpointEvent } from './endpointer.ts';

const RATE_HZ = 8_000;
const FRAME = RATE_HZ / 100;
const options = {
  sampleRateHz: RATE_HZ,
  endSilenceMs: 160,
  pauseMs: 80,
  preRollMs: 50,
  maxUtteranceMs: 3_000,
};

/** `[ms, level]` pieces, as a square wave. */
function sound(...pieces: [ms: number, level: number][]): Int16Array {
  return Int16Array.from(
    pieces.flatMap(([ms, level]) =>
      Array.from({ length: (ms * RATE_HZ) / 1000 }, (_, i) => (i % 2 === 0 ? level : -level)),
    ),
  );
}

/** What happened, without the audio. */
function story(samples: Int16Array, chunk = samples.length): EndpointEvent[] {
  const endpointer = new Endpointer(options);
  const events: EndpointEvent[] = [];
  for (let at = 0; at < samples.length; at += chunk) {
    events.push(...endpointer.push(samples.subarray(at, at + chunk)));
  }
  return events.filter((event) => event.type !== 'audio');
}

describe('finding utterances', () => {
  test('speech starts where it got loud and ends when it was silent long enough', () => {
    expect(story(sound([300, 0], [500, 5_000], [400, 0]))).toEqual([
      { type: 'started', atMs: 300 },
      { type: 'paused', utterance: { startMs: 250, lastLoudMs: 800, endMs: 880 } },
      { type: 'ended', utterance: { startMs: 250, lastLoudMs: 800, endMs: 960 } },
    ]);
  });

  test('a gap inside a sentence does not end it', () => {
    const kinds = story(sound([300, 5_000], [120, 0], [300, 5_000], [200, 0])).map(
      ({ type }) => type,
    );
    expect(kinds).toEqual(['started', 'paused', 'resumed', 'paused', 'ended']);
  });

  test('a click is no speech', () => {
    expect(story(sound([200, 0], [20, 9_000], [300, 0]))).toEqual([]);
  });

  test('speech is found above steady noise, which is not speech itself', () => {
    const events = story(sound([2_000, 90], [500, 5_000], [400, 90]));
    expect(events.map(({ type }) => type)).toEqual(['started', 'paused', 'ended']);
  });

  test('speech without end is cut when it gets too long', () => {
    const [started, ended] = story(sound([3_100, 5_000]));
    expect([started?.type, ended?.type]).toEqual(['started', 'ended']);
  });

  test('it does not matter in which pieces the sound arrives', () => {
    const samples = sound(
      [130, 0],
      [400, 5_000],
      [110, 0],
      [200, 5_000],
      [300, 0],
      [90, 5_000],
      [300, 0],
    );
    const whole = story(samples);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3_000 }), (chunk) => {
        expect(story(samples, chunk)).toEqual(whole);
      }),
      { numRuns: 30 },
    );
  });
});

test('the audio of an utterance is what came from shortly before it to its first pause', () => {
  const endpointer = new Endpointer(options);
  const events = endpointer.push(sound([300, 0], [500, 5_000], [400, 0]));
  const audio = events.filter((event) => event.type === 'audio');
  // 50 ms before, 500 ms of speech, 80 ms of silence.
  expect(audio).toHaveLength(63);
  expect(audio.every(({ samples }) => samples.length === FRAME)).toBe(true);
});

test('after a false end all of the utterance is given again', () => {
  const endpointer = new Endpointer(options);
  const events = endpointer.push(sound([300, 5_000], [100, 0], [50, 5_000]));
  const resumed = events.find((event) => event.type === 'resumed');
  // 300 + 100 ms and the first 10 ms of the new speech; the pre-roll is what was there: nothing.
  expect(resumed?.soFar).toHaveLength(41);
});

test('an utterance can be ended by hand, once', () => {
  const endpointer = new Endpointer(options);
  endpointer.push(sound([200, 5_000]));
  expect(endpointer.speaking).toBe(true);
  expect(endpointer.finish()).toEqual({ startMs: 0, lastLoudMs: 200, endMs: 200 });
  expect(endpointer.finish()).toBeUndefined();
});
