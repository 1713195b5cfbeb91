import { beforeEach, describe, expect, it } from 'vitest';
import { Confirmations } from './confirmations.ts';

const CARD = { name: 'block_card', object: 'account/4242' };
const OTHER_CARD = { name: 'block_card', object: 'account/1111' };
const OTHER_ACT = { name: 'close_account', object: 'account/4242' };

let nowMs: number;
let confirmations: Confirmations;
beforeEach(() => {
  nowMs = 0;
  confirmations = new Confirmations(() => nowMs);
});

function askAbout(act: typeof CARD): void {
  confirmations.asking(act);
  confirmations.asked(act, true);
}

describe('an act that costs', () => {
  it('may be done once its question was heard and answered with yes', () => {
    expect(confirmations.consent(CARD)).toBe('missing');
    confirmations.asking(CARD);
    expect(confirmations.consent(CARD)).toBe('awaited');
    confirmations.asked(CARD, true);
    expect(confirmations.consent(CARD)).toBe('awaited');
    confirmations.onCaller('Yes.');
    expect(confirmations.consent(CARD)).toBe('given');
    confirmations.done(CARD);
    expect(confirmations.consent(CARD)).toBe('missing');
  });

  it('may not be done to another object, nor may another act, by that yes', () => {
    askAbout(CARD);
    confirmations.onCaller('Yes.');
    expect(confirmations.consent(OTHER_CARD)).toBe('missing');
    expect(confirmations.consent(OTHER_ACT)).toBe('missing');
  });

  it('is not agreed to by a yes to the question before', () => {
    askAbout(CARD);
    confirmations.onCaller('Yes.');
    askAbout(OTHER_CARD);
    expect(confirmations.consent(CARD)).toBe('missing');
    expect(confirmations.consent(OTHER_CARD)).toBe('awaited');
  });

  it.each([
    ['a yes before the question', () => confirmations.onCaller('Yes.')],
    [
      'a yes while the question is being said',
      () => {
        confirmations.asking(CARD);
        confirmations.onCaller('Yes.');
        confirmations.asked(CARD, true);
      },
    ],
    [
      'a yes to a question that was broken off',
      () => {
        confirmations.asking(CARD);
        confirmations.asked(CARD, false);
        confirmations.onCaller('Yes.');
      },
    ],
    [
      'a yes in the turn after the next',
      () => {
        askAbout(CARD);
        confirmations.onCaller('What is my balance?');
        confirmations.onCaller('Yes.');
      },
    ],
    [
      'a yes that comes too late',
      () => {
        askAbout(CARD);
        nowMs += 60_001;
        confirmations.onCaller('Yes.');
      },
    ],
    [
      'a yes of long ago',
      () => {
        askAbout(CARD);
        confirmations.onCaller('Yes.');
        nowMs += 60_001;
      },
    ],
    [
      'a yes that something else was said after',
      () => {
        askAbout(CARD);
        confirmations.onCaller('Yes.');
        confirmations.onCaller('What is my balance?');
      },
    ],
  ])('may not be done by %s', (_, happen) => {
    happen();
    expect(confirmations.consent(CARD)).not.toBe('given');
  });

  it('is refused by a no, and can be asked about anew after it', () => {
    askAbout(CARD);
    confirmations.onCaller('No, thank you.');
    expect(confirmations.consent(CARD)).toBe('refused');
    confirmations.onCaller('Yes.');
    expect(confirmations.consent(CARD)).toBe('missing');
  });
});
