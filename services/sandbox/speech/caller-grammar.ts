import type { Grammar } from './grammar.ts';
import { callerGrammar } from './grammars.ts';
import { hindiCallerGrammar } from './hindi-grammars.ts';

/**
 * What a caller may say in a language.
 *
 * @param language as providers name it (`en`, `hi-IN`, …); `multi` and `unknown` leave it open
 */
export function callerGrammarFor(language: string): Grammar {
  return /^(hi|multi$|unknown$)/.test(language) ? hindiCallerGrammar : callerGrammar;
}
