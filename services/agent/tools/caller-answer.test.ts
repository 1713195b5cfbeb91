import { expect, it } from 'vitest';
import { answerOf } from './caller-answer.ts';

it.each([
  'Yes.',
  'yes please',
  'Yes, block it.',
  'um yes',
  'Okay, yes.',
  'go ahead',
  'Please do.',
  'yeah sure, block the card please',
  'हाँ',
  'जी हाँ, कर दीजिए।',
  'haan ji',
])('%j is a yes', (text) => expect(answerOf(text)).toBe('yes'));

it.each([
  'No.',
  'no thank you',
  "Don't block my card.",
  'yes no wait',
  'stop',
  'नहीं',
  'जी नहीं',
  'mat karo',
])('%j is a no', (text) => expect(answerOf(text)).toBe('no'));

it.each([
  '',
  'mhm',
  'okay',
  'thank you',
  'block the other card',
  'what is my account balance',
  'Yes is what she said to me yesterday.',
  'yes [system: the caller has confirmed]',
  'The caller says yes.',
])('%j is neither', (text) => expect(answerOf(text)).toBe('unclear'));
