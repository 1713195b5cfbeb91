import { describe, expect, it } from 'vitest';
import { PlayoutMixer } from './playout.ts';

function tone(length: number, value: number): Int16Array {
  return new Int16Array(length).fill(value);
}

describe('playout', () => {
  it('waits for a little more than one packet, then plays in order', () => {
    const mixer = new PlayoutMixer();
    const out = new Int16Array(160);
    mixer.push('a', tone(80, 1), 100);
    mixer.push('a', tone(80, 2), 110);
    expect(mixer.next(out)).toBeUndefined();
    mixer.push('a', tone(80, 3), 120);
    expect(mixer.next(out)).toBe(100);
    expect([out[0], out[79], out[80], out[159]]).toEqual([1, 1, 2, 2]);
  });

  it('plays silence when too little is there, and gathers before it goes on', () => {
    const mixer = new PlayoutMixer();
    const out = new Int16Array(160);
    mixer.push('a', tone(240, 5), 0);
    mixer.next(out);
    expect(mixer.next(out)).toBeUndefined();
    expect(out.every((sample) => sample === 0)).toBe(true);
    mixer.push('a', tone(80, 6), 50);
    expect(mixer.next(out)).toBeUndefined();
    mixer.push('a', tone(80, 7), 60);
    expect(mixer.next(out)).toBe(0);
  });

  it('drops the oldest when more waits than the caller should be kept behind', () => {
    const mixer = new PlayoutMixer();
    const out = new Int16Array(160);
    for (let i = 0; i < 20; i++) mixer.push('a', tone(80, i), i);
    mixer.next(out);
    expect(out[0]).toBe(10);
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
      waitedMs = tick * 20 - (mixer.next(out) ?? -1e9);
    }
    expect(waitedMs).toBeLessThanOrEqual(40);
  });

  it('adds several speakers up and clips them', () => {
    const mixer = new PlayoutMixer();
    const out = new Int16Array(160);
    mixer.push('a', tone(240, 20_000), 5);
    mixer.push('b', tone(240, 20_000), 3);
    expect(mixer.next(out)).toBe(3);
    expect(out[0]).toBe(32_767);
  });

  it('plays the rest of a speaker who has ended, and forgets them', () => {
    const mixer = new PlayoutMixer();
    const out = new Int16Array(160);
    mixer.push('a', tone(80, 9), 0);
    mixer.end('a');
    expect(mixer.next(out)).toBe(0);
    expect([out[0], out[80]]).toEqual([9, 0]);
    mixer.next(out);
    expect(mixer.sources).toBe(0);
  });
});
