import { describe, expect, it } from 'vitest';
import { Continuation } from './continuation.ts';

function heard(said: string, pieces: readonly string[]): string {
  const rest = new Continuation(said);
  return said + pieces.map((piece) => rest.push(piece)).join('');
}

describe('an answer that another model goes on with', () => {
  it.each([
    ['begins anew', ['Your balance', ' is twelve dollars.']],
    ['begins anew with other spaces and capitals', ['your  balance is', ' twelve dollars.']],
    ['begins anew in one piece', ['Your balance is twelve dollars.']],
    ['begins anew letter by letter', [...'Your balance is twelve dollars.']],
    ['goes on', [' twelve', ' dollars.']],
  ])('says no word twice when the model %s', (_, pieces) => {
    expect(heard('Your balance is', pieces)).toBe('Your balance is twelve dollars.');
  });

  it('says all of it when nothing was said before', () => {
    expect(heard('', ['Hello', ' there.'])).toBe('Hello there.');
  });

  it('says the words of a model that begins alike and goes another way', () => {
    expect(heard('Your balance is', [' Your', ' card is blocked.'])).toBe(
      'Your balance is Your card is blocked.',
    );
  });

  it('says nothing when the model only repeats', () => {
    expect(heard('Your balance is', ['Your balance'])).toBe('Your balance is');
  });
});
