import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { tone } from '../audio/tone.ts';
import { Hearing, type HeardEvent } from './hearing.ts';
import { PhoneError } from './phone-error.ts';
import { TimeLine } from './time-line.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const voice = tone({ frequencyHz: 500, durationMs: 20, sampleRateHz: 8_000 });
const silence = new Int16Array(160);

/** An ear that hears frames in the order given; arrival is `delayMs` behind the frame's place. */
function ear(errors: unknown[] = []) {
  const line = new TimeLine();
  const hearing = new Hearing({
    slice: (from, to) => line.slice(from, to),
    onListenerError: (error) => errors.push(error),
  });
  const events: HeardEvent[] = [];
  hearing.onHeard((event) => events.push(event));
  let position = 0;
  const hear = (samples: Int16Array, durationMs: number, delayMs = 1_000) => {
    for (let i = 0; i < durationMs / 20; i++) {
      line.write(position, samples);
      hearing.push({ samples, position, arrivedAtMs: position / 8 + delayMs, inOrder: true });
      position += 160;
    }
  };
  return { hearing, events, hear };
}

describe('hearing', () => {
  it('tells begin and end of speech by when it arrived, and hands out the utterance', () => {
    const { hear, events, hearing } = ear();
    hear(silence, 200);
    hear(voice, 300);
    hear(silence, 600);
    expect(events.map(({ type, atMs }) => [type, Math.round(atMs)])).toEqual([
      ['speech-start', 1_200],
      ['speech-end', 1_500],
    ]);
    const end = events[1]!;
    if (end.type !== 'speech-end') throw new Error(end.type);
    // 300 ms and a margin of 120 ms on both sides.
    expect(end.utterance.samples).toHaveLength(540 * 8);
    expect(end.utterance).toMatchObject({ startedAtMs: 1_200, endedAtMs: 1_500 });
    expect(hearing.firstAudibleMs).toBe(1_200);
  });

  it('tells the arrival of the very frame in which speech begins, not that of its neighbours', () => {
    const { hear, events } = ear();
    hear(silence, 100, 1_000);
    hear(voice, 20, 1_080); // held up by 80 ms
    hear(voice, 100, 1_000);
    expect(events[0]).toEqual({ type: 'speech-start', atMs: 1_180 });
  });

  it('tells the end by the clock when the stream stops', () => {
    const { hear, events, hearing } = ear();
    hear(voice, 200);
    hearing.advance(799);
    expect(events).toHaveLength(1);
    hearing.advance(800);
    expect(events[1]).toMatchObject({ type: 'speech-end', atMs: 1_200 });
  });

  it('survives a listener that throws and forgets one that left', () => {
    const errors: unknown[] = [];
    const { hear, events, hearing } = ear(errors);
    hearing.onHeard(() => {
      throw new Error('broken listener');
    });
    let heard = 0;
    hearing.onHeard(() => heard++)();
    hear(voice, 100);
    expect(events).toHaveLength(1);
    expect(errors).toHaveLength(1);
    expect(heard).toBe(0);
  });
});

describe('waiting', () => {
  it('for the begin of speech gives also one that was before, unless it is too early', async () => {
    const { hear, hearing } = ear();
    hear(voice, 100);
    hear(silence, 900);
    expect(await hearing.waitForSpeechStart()).toBe(1_000);
    const later = hearing.waitForSpeechStart({ afterMs: 1_001 });
    hear(voice, 100);
    expect(await later).toBe(2_000);
  });

  it('for utterances gives one after the other', async () => {
    const { hear, hearing } = ear();
    for (let i = 0; i < 3; i++) {
      hear(voice, 200);
      hear(silence, 800);
    }
    expect((await hearing.nextUtterance()).startedAtMs).toBe(1_000);
    expect((await hearing.nextUtterance()).startedAtMs).toBe(2_000);
    expect((await hearing.nextUtterance({ afterMs: 0 })).startedAtMs).toBe(1_000);
    expect((await hearing.nextUtterance()).startedAtMs).toBe(3_000);
  });

  it('fails in time-out, in words', async () => {
    const { hearing } = ear();
    const waiting = hearing.nextUtterance({ timeoutMs: 500 });
    const failed = expect(waiting).rejects.toThrow(
      'waiting for an utterance: nothing was heard in 500 ms',
    );
    vi.advanceTimersByTime(500);
    await failed;
    expect(vi.getTimerCount()).toBe(0);
  });

  it('fails when the call ends, but not for what was still being said', async () => {
    const { hear, hearing, events } = ear();
    hear(voice, 200);
    const [utterance, more] = [hearing.nextUtterance(), hearing.nextUtterance({ afterMs: 9_999 })];
    const failed = expect(more).rejects.toThrow('waiting for an utterance: the peer hung up');
    hearing.close(new PhoneError('the peer hung up'));
    await failed;
    expect(await utterance).toMatchObject({ startedAtMs: 1_000, endedAtMs: 1_200 });
    expect(events.map(({ type }) => type)).toEqual(['speech-start', 'speech-end']);
    await expect(hearing.waitForSpeechStart({ afterMs: 9_999 })).rejects.toThrow(
      'the peer hung up',
    );
    expect(vi.getTimerCount()).toBe(0);
  });
});
