import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SilenceWatch } from './silence-watch.ts';

const AFTER_MS = 8_000;

let said: (number | 'goodbye')[];
let watch: SilenceWatch;
beforeEach(() => {
  vi.useFakeTimers();
  said = [];
  watch = new SilenceWatch({
    afterMs: AFTER_MS,
    prompts: 2,
    onPrompt: (prompt) => {
      said.push(prompt);
      speak();
    },
    onGone: () => said.push('goodbye'),
  });
  watch.onAgentState('listening');
});
afterEach(() => {
  watch.close();
  vi.useRealTimers();
});

/** The agent says something that takes two seconds. */
function speak(): void {
  watch.onAgentState('speaking');
  setTimeout(() => watch.onAgentState('listening'), 2_000);
}

const pass = (ms: number) => vi.advanceTimersByTime(ms);

function greet(): void {
  speak();
  watch.start();
  pass(2_000);
}

describe('a caller who says nothing', () => {
  it('is asked twice and then told goodbye, once', () => {
    greet();
    pass(AFTER_MS - 1);
    expect(said).toEqual([]);
    pass(1);
    expect(said).toEqual([0]);
    pass(2_000 + AFTER_MS);
    expect(said).toEqual([0, 1]);
    pass(2_000 + AFTER_MS);
    expect(said).toEqual([0, 1, 'goodbye']);
    pass(10 * AFTER_MS);
    expect(said).toEqual([0, 1, 'goodbye']);
  });

  it('and then answers starts anew', () => {
    greet();
    pass(AFTER_MS + 2_000);
    watch.onCallerSpeaking(true);
    watch.onCaller();
    watch.onCallerSpeaking(false);
    pass(AFTER_MS);
    expect(said).toEqual([0, 0]);
  });

  it('but is heard to make a sound gets more time, not more prompts', () => {
    greet();
    pass(AFTER_MS + 2_000 + AFTER_MS - 1);
    watch.onCallerSpeaking(true);
    pass(60_000);
    watch.onCallerSpeaking(false);
    pass(AFTER_MS - 1);
    expect(said).toEqual([0]);
    pass(1);
    expect(said).toEqual([0, 1]);
  });
});

describe('no silence is counted', () => {
  it('before the greeting, while the phone rings', () => {
    pass(10 * AFTER_MS);
    expect(said).toEqual([]);
  });

  it.each([
    ['the agent speaks', () => watch.onAgentState('speaking')],
    ['the agent thinks', () => watch.onAgentState('thinking')],
    ['a tool works', () => watch.onTools(1)],
    ['the caller is on hold', () => watch.onHold(true)],
  ])('while %s', (_, begin) => {
    greet();
    begin();
    pass(10 * AFTER_MS);
    expect(said).toEqual([]);
  });

  it('for a caller who has just pressed a key', () => {
    greet();
    pass(AFTER_MS - 100);
    watch.onCaller();
    pass(AFTER_MS - 100);
    expect(said).toEqual([]);
    pass(100);
    expect(said).toEqual([0]);
  });

  it('any more once the call is over', () => {
    greet();
    watch.close();
    watch.onAgentState('listening');
    pass(10 * AFTER_MS);
    expect(said).toEqual([]);
  });
});

it('after a tool and after a hold the caller has the whole time again', () => {
  greet();
  watch.onTools(1);
  pass(5_000);
  watch.onTools(0);
  watch.onHold(true);
  pass(5_000);
  watch.onHold(false);
  pass(AFTER_MS - 1);
  expect(said).toEqual([]);
  pass(1);
  expect(said).toEqual([0]);
});

it('a caller who was asked before a hold is asked from the beginning after it', () => {
  greet();
  pass(AFTER_MS);
  expect(said).toEqual([0]);
  watch.onHold(true);
  pass(10 * AFTER_MS);
  watch.onHold(false);
  pass(AFTER_MS);
  expect(said).toEqual([0, 0]);
});
