import { expect, it } from 'vitest';
import { heardDigits } from './heard-digits.ts';

it.each([
  ['do you want me to block the card ending in four two four two', '4242'],
  ['क्या मैं नौ शून्य सात एक पर खत्म होने वाला कार्ड ब्लॉक कर दूँ', '9071'],
  ['one of the cards, the one that ends in nine nine', '99'],
  ['you have twenty one dollars', '1'],
  ['all services are running', ''],
  ['', ''],
])('digits that are said in "%s" are %j', (sentence, digits) => {
  expect(heardDigits(sentence)).toBe(digits);
});
