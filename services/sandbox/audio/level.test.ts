import { describe, expect, it } from 'vitest';
import { SpeechDetector, levelDb, loudSpan, type SpeechEvent } from './level.ts';
import { tone } from './tone.ts';

const HZ = 8_000;
const silence = (durationMs: number) => new Int16Array((durationMs * HZ) / 1_000);
const voice = (durationMs: number, amplitude = 0.3) =>
  tone({ frequencyHz: 400, durationMs, sampleRateHz: HZ, amplitude });

function join(...parts: Int16Array[]): Int16Array {
  return Int16Array.from(parts.flatMap((part) => [...part]));
}

/** Feeds a sound in 20 ms frames, starting at `startMs`. */
function feed(detector: SpeechDetector, sound: Int16Array, startMs = 0): SpeechEvent[] {
  const events: SpeechEvent[] = [];
  for (let at = 0; at < sound.length; at += 160) {
    events.push(...detector.push(sound.subarray(at, at + 160), startMs + at / 8));
  }
  return events;
}

const detect = (sound: Int16Array, options = {}) =>
  feed(new SpeechDetector({ sampleRateHz: HZ, ...options }), sound);

describe('level', () => {
  it('is 0 dB for full scale, −3 dB for a full sine, −∞ for silence', () => {
    expect(levelDb(new Int16Array(10).fill(-32_768))).toBeCloseTo(0, 5);
    expect(levelDb(voice(100, 1))).toBeCloseTo(-3.01, 1);
    expect(levelDb(silence(10))).toBe(-Infinity);
    expect(levelDb(new Int16Array(0))).toBe(-Infinity);
  });
});

describe('speech', () => {
  it('is told when it begins and, after the hangover, when it was last loud', () => {
    const events = detect(join(silence(200), voice(500), silence(700)));
    expect(events).toEqual([
      { type: 'start', firstLoudMs: 200 },
      { type: 'end', firstLoudMs: 200, lastLoudMs: 700 },
    ]);
  });

  it('goes on over a pause shorter than the hangover and breaks at a longer one', () => {
    const sound = join(
      voice(300),
      silence(500),
      voice(300),
      silence(650),
      voice(300),
      silence(650),
    );
    expect(detect(sound)).toEqual([
      { type: 'start', firstLoudMs: 0 },
      { type: 'end', firstLoudMs: 0, lastLoudMs: 1_100 },
      { type: 'start', firstLoudMs: 1_750 },
      { type: 'end', firstLoudMs: 1_750, lastLoudMs: 2_050 },
    ]);
  });

  it('is not a click, nor clicks far apart', () => {
    expect(detect(join(silence(50), voice(20), silence(100), voice(20), silence(900)))).toEqual([]);
  });

  it('is not a hum below the onset, but goes on in one above the release', () => {
    const hum = voice(1_000, 0.0071); // −46 dB
    expect(detect(join(silence(100), hum))).toEqual([]);
    const events = detect(join(voice(100), hum, silence(700)));
    expect(events.at(-1)).toEqual({ type: 'end', firstLoudMs: 0, lastLoudMs: 1_100 });
  });

  it('ends by the clock when frames stop coming', () => {
    const detector = new SpeechDetector({ sampleRateHz: HZ });
    feed(detector, voice(200), 1_000);
    expect(detector.speaking).toBe(true);
    expect(detector.advance(1_799)).toBeUndefined();
    expect(detector.advance(1_800)).toEqual({ type: 'end', firstLoudMs: 1_000, lastLoudMs: 1_200 });
    expect(detector.advance(9_999)).toBeUndefined();
    expect(detector.speaking).toBe(false);
  });

  it('ends over a gap in the stream and may begin again right behind it', () => {
    const detector = new SpeechDetector({ sampleRateHz: HZ });
    feed(detector, voice(200));
    expect(feed(detector, voice(200), 2_000)).toEqual([
      { type: 'end', firstLoudMs: 0, lastLoudMs: 200 },
      { type: 'start', firstLoudMs: 2_000 },
    ]);
  });
});

describe('the span of speech in a sound', () => {
  it('reaches from the first to the last loud stretch', () => {
    const sound = join(silence(100), voice(200), silence(2_000), voice(100), silence(300));
    expect(loudSpan(sound, { sampleRateHz: HZ })).toEqual({ firstLoudMs: 100, lastLoudMs: 2_400 });
  });

  it('is none in silence', () => {
    expect(loudSpan(silence(500), { sampleRateHz: HZ })).toBeUndefined();
  });
});
