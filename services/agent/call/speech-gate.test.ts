import { beforeEach, expect, it } from 'vitest';
import { SpeechGate } from './speech-gate.ts';

/** An output as the session has it. */
class Output {
  plays = true;

  pause(): void {
    this.plays = false;
  }

  resume(): void {
    this.plays = true;
  }
}

let output: Output;
let gate: SpeechGate;
beforeEach(() => {
  output = new Output();
  gate = new SpeechGate(output);
});

it('nothing is played to a held line, whatever the session wants, and all of it when it is back', () => {
  gate.onHold(true);
  expect(output.plays).toBe(false);
  // As the session does it for each new sentence.
  output.resume();
  expect(output.plays).toBe(false);
  gate.onHold(false);
  expect(output.plays).toBe(true);
});

it('what the session has paused stays paused when the line is back', () => {
  output.pause();
  gate.onHold(true);
  gate.onHold(false);
  expect(output.plays).toBe(false);
  output.resume();
  expect(output.plays).toBe(true);
});

it('on a line that is not held the session does as it likes', () => {
  output.pause();
  expect(output.plays).toBe(false);
  output.resume();
  expect(output.plays).toBe(true);
});
