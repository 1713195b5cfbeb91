import { EventEmitter } from 'node:events';
import type { voice } from '@livekit/agents';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Hold } from './hold.ts';

const LONG_MS = 10_000;

/** Something the agent says or will say. */
class Speech {
  interrupted = false;
  readonly #done: (() => void)[] = [];

  addDoneCallback(callback: () => void): void {
    this.#done.push(callback);
  }

  finish(): void {
    for (const callback of this.#done) callback();
  }
}

class Session extends EventEmitter {
  readonly did: string[] = [];
  refuses: string | undefined;
  speech: Speech | undefined;

  speaks(source: 'say' | 'generate_reply'): Speech {
    this.speech = new Speech();
    this.emit('speech_created', { speechHandle: this.speech, source });
    return this.speech;
  }

  interrupt(): void {
    if (this.refuses !== undefined) throw new Error(this.refuses);
    this.did.push('interrupt');
    if (this.speech) this.speech.interrupted = true;
  }

  generateReply({ instructions = '' }): void {
    this.did.push(/what they missed/.test(instructions) ? 'say again' : 'reply');
  }
}

let session: Session;
let floor: { isAgents: boolean; isFree: boolean };
let hold: Hold;
beforeEach(() => {
  vi.useFakeTimers();
  session = new Session();
  floor = { isAgents: false, isFree: true };
  hold = new Hold({
    session: session as unknown as voice.AgentSession,
    floor,
    longMs: LONG_MS,
    greetBack: () => session.did.push('greet back'),
  });
});
afterEach(() => vi.useRealTimers());

function lasts(ms: number): void {
  hold.onHold(true);
  expect(hold.on).toBe(true);
  vi.advanceTimersByTime(ms);
  hold.onHold(false);
  expect(hold.on).toBe(false);
}

describe('a caller who is back', () => {
  it.each([
    ['from a long hold hears that the agent is there', LONG_MS, ['greet back']],
    ['from a short one needs no word', LONG_MS - 1, []],
  ])('%s', (_, ms, did) => {
    lasts(ms);
    expect(session.did).toEqual(did);
  });

  it('whom a question of the agent did not reach hears that it is there, after a short hold too', () => {
    session.speaks('say');
    floor.isAgents = true;
    hold.onHold(true);
    floor.isAgents = false;
    hold.onHold(false);
    expect(session.did).toEqual(['interrupt', 'greet back']);
  });

  it('hears once more the answer that was broken off, after a short hold too', () => {
    session.speaks('generate_reply');
    floor.isAgents = true;
    hold.onHold(true);
    expect(session.did).toEqual(['interrupt']);
    floor.isAgents = false;
    vi.advanceTimersByTime(2_000);
    hold.onHold(false);
    expect(session.did).toEqual(['interrupt', 'say again']);
    // Once only.
    lasts(1_000);
    expect(session.did).toEqual(['interrupt', 'say again']);
  });

  it('hears the answer that has waited, and no other word', () => {
    floor.isFree = false;
    lasts(60_000);
    expect(session.did).toEqual([]);
  });

  it('hears the greeting that has waited, and no other word', () => {
    const greeting = session.speaks('say');
    lasts(60_000);
    expect(session.did).toEqual([]);
    greeting.finish();
    lasts(60_000);
    expect(session.did).toEqual(['greet back']);
  });
});

it.each(['AgentSession is not running', 'This generation handle does not allow interruptions'])(
  'what can not be broken off waits: %s',
  (words) => {
    session.speaks('generate_reply');
    session.refuses = words;
    floor.isAgents = true;
    lasts(60_000);
    expect(session.did).toEqual([]);
  },
);

it('while the call ends nothing is said, nor broken off', () => {
  hold.close();
  floor.isAgents = true;
  lasts(60_000);
  expect(session.did).toEqual([]);
});
