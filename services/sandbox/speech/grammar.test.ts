import { expect, test } from 'vitest';
import { defineGrammar, normalizeSentence } from './grammar.ts';

test('a grammar knows each of its words once, and no rule names', () => {
  const grammar = defineGrammar(
    'colours',
    'public <sentence> = <a> | red [red]; <a> = blue (sky | sea);',
  );
  expect(grammar.words).toEqual(['blue', 'red', 'sea', 'sky']);
  expect(grammar.jsgf).toMatch(/^#JSGF V1.0 utf-8;\ngrammar colours;\npublic <sentence>/);
});

test('a rule that is used but not defined is named', () => {
  expect(() => defineGrammar('bad', 'public <sentence> = <number> dollars;')).toThrow(
    'grammar bad uses <number>, which is not defined',
  );
});

test('a grammar without a public sentence is refused', () => {
  expect(() => defineGrammar('bad', '<sentence> = yes;')).toThrow('has no rule "public <sentence>');
});

test("Hindi's words are kept whole, with the signs of their vowels", () => {
  const grammar = defineGrammar('hindi', 'public <sentence> = हाँ | कार्ड (ब्लॉक कर दीजिए);');
  expect(grammar.words).toEqual(['कर', 'कार्ड', 'दीजिए', 'ब्लॉक', 'हाँ']);
  expect(normalizeSentence('हाँ, कार्ड ब्लॉक कर दीजिए।')).toBe('हाँ कार्ड ब्लॉक कर दीजिए');
});

test('case, punctuation and spaces do not matter when sentences are compared', () => {
  expect(normalizeSentence("  Thank you.  That's ALL,\nbye! ")).toBe("thank you that's all bye");
});
