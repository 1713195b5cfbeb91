import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Entries } from './entries.ts';
import { Keypad } from './keypad.ts';
import { SecretEntry } from './secret-entry.ts';
import { maskDigits, spokenDigits } from './spoken-digits.ts';

describe('digits that are said', () => {
  it.each([
    ['four seven one one', '4711'],
    ['4711', '4711'],
    ['It is four, seven, double one.', '4711'],
    ['triple oh 7', '0007'],
    ['चार सात एक एक', '4711'],
    ['no idea', ''],
  ])('%s', (said, digits) => expect(spokenDigits(said)).toBe(digits));

  it('can be hidden, and nothing else is', () => {
    expect(maskDigits('It is four seven 11.')).toBe('It is • • ••.');
  });
});

describe('keys that are pressed', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const pressed = (keys: string, awaited?: number) => {
    const entries: string[] = [];
    const keypad = new Keypad({ onEntry: (digits) => entries.push(digits) });
    for (const key of keys) keypad.press(key, awaited);
    return { entries, keypad };
  };

  it.each([
    ['4711#', undefined, ['4711']],
    ['99*4711#', undefined, ['4711']],
    ['4711', 4, ['4711']],
    ['12#34#', undefined, ['12', '34']],
    ['##A', undefined, []],
    ['47', undefined, []],
  ])('%s with %s awaited are the entries %j', (keys, awaited, entries) => {
    expect(pressed(keys, awaited).entries).toEqual(entries);
  });

  it('are an entry after a pause too', () => {
    const { entries, keypad } = pressed('47');
    vi.advanceTimersByTime(2_999);
    keypad.press('1');
    vi.advanceTimersByTime(2_999);
    expect(entries).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(entries).toEqual(['471']);
  });
});

describe('what a caller enters', () => {
  const entered = () => {
    const words: string[] = [];
    return { words, entries: new Entries((said) => words.push(said)) };
  };

  it('is told as words of the caller, a secret without its digits', () => {
    const { words, entries } = entered();
    for (const key of '12#') entries.onKey(key);
    entries.secret.await(4);
    for (const key of '4711') entries.onKey(key);
    expect(words).toEqual(['1 2', 'I have keyed in the digits.']);
    expect(entries.secret.take()).toBe('4711');
  });

  it('is nothing any more once the call ends', () => {
    vi.useFakeTimers();
    const { words, entries } = entered();
    entries.onKey('1');
    entries.close();
    for (const key of '23#4') entries.onKey(key);
    vi.advanceTimersByTime(60_000);
    expect([words, vi.getTimerCount()]).toEqual([[], 0]);
    vi.useRealTimers();
  });
});

describe('a secret entry', () => {
  it('is the same keyed in or said, and is given out once', () => {
    const keyed = new SecretEntry();
    const said = new SecretEntry();
    for (const entry of [keyed, said]) entry.await(4);
    expect(keyed.onKeyed('4711')).toBe(true);
    expect(said.onSaid('it is four seven one one')).toBe('it is • • • •');
    for (const entry of [keyed, said]) {
      expect(entry.take()).toBe('4711');
      expect(entry.take()).toBeUndefined();
    }
  });

  it('is not taken from what nobody asked for, nor after its time', () => {
    let nowMs = 0;
    const entry = new SecretEntry(() => nowMs);
    expect(entry.onKeyed('4711')).toBe(false);
    expect(entry.onSaid('my number is 4711')).toBe('my number is 4711');
    entry.await(4);
    nowMs = 30_001;
    expect(entry.awaited).toBeUndefined();
    expect(entry.onKeyed('4711')).toBe(false);
    expect(entry.take()).toBeUndefined();
  });
});
