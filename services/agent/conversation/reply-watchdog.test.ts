import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ReplyWatchdog } from './reply-watchdog.ts';

let silent: string[];
let watchdog: ReplyWatchdog;
beforeEach(() => {
  vi.useFakeTimers();
  silent = [];
  watchdog = new ReplyWatchdog({ limitMs: 5_000, onSilence: (stage) => silent.push(stage) });
});
afterEach(() => vi.useRealTimers());

it('a turn the model never answers is noticed once the limit is over', () => {
  watchdog.onAgentState('thinking');
  vi.advanceTimersByTime(4_999);
  expect(silent).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(silent).toEqual(['llm']);
});

it('an answer that never becomes speech is the fault of the voice', () => {
  watchdog.onAgentState('thinking');
  watchdog.onModelAnswer();
  vi.advanceTimersByTime(5_000);
  expect(silent).toEqual(['tts']);
});

it('an answer in time is no fault, nor is one that nobody waits for any more', () => {
  watchdog.onAgentState('thinking');
  watchdog.onAgentState('speaking');
  watchdog.onAgentState('thinking');
  watchdog.close();
  vi.advanceTimersByTime(60_000);
  expect(silent).toEqual([]);
});

it('two utterances in a row without a word are the fault of the recogniser', () => {
  watchdog.onUnheard(1_500);
  expect(silent).toEqual([]);
  watchdog.onUnheard(1_500);
  expect(silent).toEqual(['stt']);
});

it('coughs, or words in between, are not', () => {
  watchdog.onUnheard(1_500);
  watchdog.onUnheard(200);
  watchdog.onTranscript();
  watchdog.onUnheard(1_500);
  expect(silent).toEqual([]);
});

it('to a held line nobody owes an answer; when it is back the whole time begins', () => {
  watchdog.onAgentState('thinking');
  vi.advanceTimersByTime(4_000);
  watchdog.onHold(true);
  vi.advanceTimersByTime(60_000);
  expect(silent).toEqual([]);
  watchdog.onHold(false);
  vi.advanceTimersByTime(4_999);
  expect(silent).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(silent).toEqual(['llm']);
});

it('an answer that waited out a hold is no fault, nor what happens after the end', () => {
  watchdog.onHold(true);
  watchdog.onAgentState('thinking');
  watchdog.onHold(false);
  watchdog.onAgentState('speaking');
  watchdog.onAgentState('thinking');
  watchdog.close();
  watchdog.onHold(true);
  watchdog.onHold(false);
  vi.advanceTimersByTime(60_000);
  expect(silent).toEqual([]);
});
