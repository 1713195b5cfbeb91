import { describe, expect, it } from 'vitest';
import { PlayoutMixer } from './playout.ts';

function tone(length: number, value: number): Int16Array {
  return new Int16Array(length).fill(value);
}

describe('playout', () => {
  it('begins as soon as one packet is there, and plays in order', () => {
    const mixer = new PlayoutMixer();
    const out = new Int16Array(160);
    mixer.push('a', tone(80, 1), 100);
    expect(mixer.next(out)).toBe(false);
    mixer.push('a', tone(80, 2), 110);
    expect(mixer.next(out)).toBe(true);
    expect([mixer.oldestMs, mixer.newestMs]).toEqual([100, 110]);
    expect([out[0], out[79], out[80], out[159]]).toEqual([1, 1, 2, 2]);
  });

  it('plays silence when too little is there, and goes on with the rest', () => {
    const mixer = new PlayoutMixer();
    const out = new Int16Array(160);
    mixer.push('a', tone(240, 5), 0);
    mixer.next(out);
    out.fill(1);
    expect(mixer.next(out)).toBe(false);
    expect(out.every((sample) => sample === 0)).toBe(true);
    mixer.push('a', tone(80, 6), 50);
    expect(mixer.next(out)).toBe(true);
    expect([out[0], out[80]]).toEqual([5, 6]);
  });

  it('keeps at most four packets, the newest', () => {
    const mixer = new PlayoutMixer();
    const out = new Int16Array(160);
    for (let i = 0; i < 20; i++) mixer.push('a', tone(80, i), i);
    expect(mixer.waiting).toBe(640);
    mixer.next(out);
    expect(out[0]).toBe(12);
  });

  it('forgets the rest of a sentence that is over when the next one begins', () => {
    const mixer = new PlayoutMixer();
    const out = new Int16Array(160);
    mixer.push('a', tone(240, 1), 0);
    mixer.next(out);
    mixer.push('a', tone(160, 2), 3_000);
    mixer.next(out);
    expect([out[0], mixer.waiting]).toEqual([2, 0]);
  });

  it.each([
    ['quickly in a pause', 0, 60],
    ['slowly in speech', 8_000, 300],
  ])('works off a reserve that is never needed, %s', (_how, amplitude, ticks) => {
    const mixer = new PlayoutMixer();
    const out = new Int16Array(160);
    mixer.push('a', tone(640, amplitude), 0);
    let waitedMs = 0;
    for (let tick = 0; tick < ticks; tick++) {
      mixer.push('a', tone(80, amplitude), tick * 20 - 10);
      mixer.push('a', tone(80, amplitude), tick * 20);
      mixer.next(out);
      waitedMs = tick * 20 - mixer.oldestMs;
    }
    expect(waitedMs).toBeLessThanOrEqual(10);
  });

  /** Speech in frames of 20 ms of which one in `every` comes 30 ms late, with pauses of half a second. */
  function speech(mixer: PlayoutMixer, sentences: number, every: number): void {
    const out = new Int16Array(160);
    let nowMs = 0;
    for (let sentence = 0; sentence < sentences; sentence++) {
      const due: number[] = [];
      for (let frame = 0; frame < 100; frame++) {
        const lateMs = every > 0 && frame % every === every - 1 ? 30 : 0;
        due.push(Math.max(due.at(-1) ?? 0, nowMs + frame * 20 + lateMs));
      }
      for (let tick = 0; tick < 125; tick++, nowMs += 20) {
        while ((due[0] ?? Infinity) <= nowMs) mixer.push('a', tone(160, 8_000), due.shift() ?? 0);
        mixer.next(out);
      }
    }
  }

  it('a pause between sentences is no hole in speech', () => {
    const mixer = new PlayoutMixer();
    speech(mixer, 10, 0);
    expect(mixer.holes).toBe(0);
  });

  it('frames that come late again and again tear few holes, and none in later sentences', () => {
    const mixer = new PlayoutMixer();
    speech(mixer, 5, 10);
    const first = mixer.holes;
    expect(first).toBeLessThanOrEqual(6);
    speech(mixer, 2, 10);
    expect(mixer.holes).toBe(first);
  });

  it('after long smooth speech sentences begin at once again', () => {
    const mixer = new PlayoutMixer();
    speech(mixer, 5, 10);
    speech(mixer, 25, 0);
    const out = new Int16Array(160);
    mixer.push('a', tone(160, 1), 1e9);
    expect(mixer.next(out)).toBe(true);
  });

  /** A vowel, as far as a tone of 150 Hz is one, from this sample on. */
  function vowel(from: number): Int16Array {
    return Int16Array.from(
      { length: 160 },
      (_, i) => 8_000 * Math.sin((2 * Math.PI * 150 * (from + i)) / 8_000),
    );
  }

  /** What the phone gets each tick of a vowel of which frames are missing at these ticks. */
  function heardVowel(late: readonly number[], ticks: number, sources = ['a']): number[] {
    const mixer = new PlayoutMixer();
    const out = new Int16Array(160);
    const heard: number[] = [];
    let from = 0;
    for (let tick = 0; tick < ticks; tick++) {
      for (const source of sources) {
        if (source !== 'a') mixer.push(source, tone(160, 0), tick * 20);
        else if (!late.includes(tick)) mixer.push(source, vowel(from), tick * 20);
      }
      if (!late.includes(tick)) from += 160;
      mixer.next(out);
      heard.push(...out);
    }
    return heard;
  }

  const peak = (samples: readonly number[]) => Math.max(...samples.map(Math.abs));
  const widestStep = (samples: readonly number[]) =>
    peak(samples.slice(1).map((sample, i) => sample - (samples[i] ?? 0)));

  it.each([
    ['alone', ['a']],
    ['with somebody else in the room', ['a', 'b']],
  ])('a frame that comes too late tears no hole into a vowel, %s', (_how, sources) => {
    const heard = heardVowel([10], 20, sources);
    for (let at = 160; at < heard.length; at += 40) {
      expect(peak(heard.slice(at, at + 80))).toBeGreaterThan(5_000);
    }
    // No click: a tone of 150 Hz itself changes by 940 a sample.
    expect(widestStep(heard)).toBeLessThan(2_000);
  });

  it('an agent who falls silent in mid-word is silent 25 ms later, without a click', () => {
    const heard = heardVowel([10, 11, 12, 13], 14);
    expect(peak(heard.slice(11 * 160 + 40))).toBe(0);
    expect(widestStep(heard)).toBeLessThan(2_000);
  });

  it('nothing of a word that was broken off comes back with the next', () => {
    const mixer = new PlayoutMixer();
    const out = new Int16Array(160);
    for (let tick = 0; tick < 10; tick++) {
      mixer.push('a', vowel(tick * 160), tick * 20);
      mixer.next(out);
    }
    for (let tick = 10; tick < 60; tick++) mixer.next(out);
    mixer.push('a', tone(160, 0), 1_200);
    expect(mixer.next(out)).toBe(true);
    expect(peak([...out])).toBe(0);
  });

  it('adds several speakers up and clips them', () => {
    const mixer = new PlayoutMixer();
    const out = new Int16Array(160);
    mixer.push('a', tone(240, 20_000), 5);
    mixer.push('b', tone(240, 20_000), 3);
    expect(mixer.next(out)).toBe(true);
    expect([mixer.oldestMs, mixer.newestMs]).toEqual([3, 5]);
    expect(out[0]).toBe(32_767);
  });

  it('plays the rest of a speaker who has ended, and forgets them', () => {
    const mixer = new PlayoutMixer();
    const out = new Int16Array(160);
    mixer.push('a', tone(80, 9), 0);
    mixer.end('a');
    expect(mixer.next(out)).toBe(true);
    expect([out[0], out[80]]).toEqual([9, 0]);
    mixer.next(out);
    expect(mixer.sources).toBe(0);
  });
});
