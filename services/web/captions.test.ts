import { describe, expect, it } from 'vitest';
import { Captions, type Caption } from './captions.ts';

function setUp() {
  const shown = new Map<string, Caption>();
  const captions = new Captions((caption) => shown.set(caption.id, caption));
  return { captions, texts: () => [...shown.values()].map((c) => [c.who, c.text, c.final]) };
}

describe('captions', () => {
  it('let the agent’s words grow until the stream ends', () => {
    const { captions, texts } = setUp();
    const words = captions.open('s1', 'agent');
    words.add('Welcome ');
    words.add('to the bank.');
    expect(texts()).toEqual([['agent', 'Welcome to the bank.', false]]);
    words.end(true);
    expect(texts()).toEqual([['agent', 'Welcome to the bank.', true]]);
  });

  it('replace each guess about the caller’s words by the next', () => {
    const { captions, texts } = setUp();
    for (const [guess, final] of [
      ['what is', false],
      ['what is my', false],
      ['What is my balance?', true],
    ] as const) {
      const words = captions.open('s1', 'you');
      words.add(guess);
      words.end(final);
    }
    expect(texts()).toEqual([['you', 'What is my balance?', true]]);
  });

  it('don’t let an old guess that comes late undo a newer one or the final words', () => {
    const { captions, texts } = setUp();
    const old = captions.open('s1', 'you');
    old.add('what');
    const newer = captions.open('s1', 'you');
    newer.add('What is my balance?');
    old.add(' is');
    old.end(false);
    expect(texts()).toEqual([['you', 'What is my balance?', false]]);
    newer.end(true);
    const late = captions.open('s1', 'you');
    late.add('what is my bal');
    late.end(false);
    expect(texts()).toEqual([['you', 'What is my balance?', true]]);
  });

  it('show no empty line, but empty one whose words were taken back', () => {
    const { captions, texts } = setUp();
    captions.open('s1', 'you').end(false);
    expect(texts()).toEqual([]);
    captions.open('s2', 'you').add('hm');
    captions.open('s2', 'you').end(true);
    expect(texts()).toEqual([['you', '', true]]);
  });

  it('keep utterances without an id apart', () => {
    const { captions, texts } = setUp();
    captions.open(undefined, 'agent').add('One.');
    captions.open(undefined, 'agent').add('Two.');
    expect(texts()).toHaveLength(2);
  });
});
