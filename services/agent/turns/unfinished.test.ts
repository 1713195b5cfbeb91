import { describe, expect, it } from 'vitest';
import { soundsUnfinished } from './unfinished.ts';

describe('a caller who pauses', () => {
  it.each([
    'i want to',
    'I want to know',
    'what is the balance of',
    'What is the balance of.',
    'please tell me',
    'can you show me my',
    'how much money do i have in',
    'i lost my card and',
    'my card number is',
    'um',
    'it was on Monday, um',
    'the first one,',
    'let me think',
    'four two four two',
    'my pin is 1 2 3',
    'could you please',
    'What is the balance of?',
    'Can you show me my?',
    'is the service',
    'मेरा',
    'मेरे खाते में',
    'मुझे मेरा बैलेंस चाहिए और',
    'क्या आप',
  ])('after "%s" is given time to go on', (said) => {
    expect(soundsUnfinished(said)).toBe(true);
  });

  it.each([
    '',
    'yes',
    'no thank you',
    'what is my account balance',
    'block my card',
    'is the service working',
    'what is it for',
    'where are you calling from?',
    'yes it is',
    'yes I am',
    'I think it is',
    'they are',
    'two thousand four hundred dollars',
    'the second one',
    'connect me to the bank',
    'thank you goodbye',
    'What is my balance?',
    'how much is it',
    'मेरा बैलेंस कितना है',
    'हाँ',
  ])('after "%s" is answered at once', (said) => {
    expect(soundsUnfinished(said)).toBe(false);
  });
});
