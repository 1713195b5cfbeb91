/** A JSGF grammar (https://www.w3.org/TR/jsgf/) and the words it is made of. */
export interface Grammar {
  /** Lower-case letters; names its files. */
  name: string;
  /** The whole grammar as the recogniser reads it. */
  jsgf: string;
  /** Every word that occurs, sorted, each once. */
  words: readonly string[];
}

/**
 * Make a grammar out of its rules. The public rule must be called `<sentence>`.
 *
 * @param rules JSGF rule definitions, for example `public <sentence> = yes | no;`
 * @throws {TypeError} if there is no `public <sentence>` or a rule is used but not defined
 */
export function defineGrammar(name: string, rules: string): Grammar {
  if (!/public <sentence>\s*=/.test(rules)) {
    throw new TypeError(`grammar ${name} has no rule "public <sentence> = …;"`);
  }
  const defined = new Set([...rules.matchAll(/<([a-z0-9-]+)>\s*=/g)].map((match) => match[1]));
  for (const [, used] of rules.matchAll(/<([a-z0-9-]+)>/g)) {
    if (!defined.has(used))
      throw new TypeError(`grammar ${name} uses <${used}>, which is not defined`);
  }
  const words = new Set(
    rules.replaceAll(/<[^>]*>|\bpublic\b/g, ' ').match(/\p{L}[\p{L}\p{M}']*/gu),
  );
  return {
    name,
    jsgf: `#JSGF V1.0 utf-8;\ngrammar ${name};\n${rules.trim()}\n`,
    words: [...words].sort(),
  };
}

/** Words as the recogniser writes them: lower case, no punctuation, digits left alone. */
export function normalizeSentence(text: string): string {
  return (
    text
      .toLowerCase()
      // Combining vowel signs are part of Hindi's words.
      .replaceAll(/[^\p{L}\p{M}\p{N}' ]+/gu, ' ')
      .replaceAll(/\s+/g, ' ')
      .trim()
  );
}
