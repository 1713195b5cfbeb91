import type { MediaTerms } from './sdp.ts';
import type { Trunk } from './trunk.ts';

/** Where a call to a number goes. */
export interface Route extends MediaTerms {
  trunk: string;
  agent: string;
  /** The number as it is written in the configuration. */
  number: string;
}

/** RFC 3966 §5.1.1: visual separators have no meaning. */
const VISUAL_SEPARATORS = /[-.() ]/g;

/**
 * The agent for the called user of the Request-URI. Carriers write a number with or without `+`;
 * both lead to the same agent.
 *
 * @returns undefined if no trunk has the number
 */
export function findRoute(
  trunks: readonly Pick<Trunk, 'name' | 'numbers' | 'codecs' | 'mediaEncryption'>[],
  calledUser: string,
): Route | undefined {
  const wanted = canonical(calledUser);
  if (wanted === '') return undefined;
  for (const trunk of trunks) {
    for (const [number, agent] of Object.entries(trunk.numbers)) {
      if (canonical(number) === wanted) {
        const { name, codecs, mediaEncryption } = trunk;
        return { trunk: name, agent, codecs, mediaEncryption, number };
      }
    }
  }
  return undefined;
}

function canonical(user: string): string {
  // `+1202…;phone-context=…` and `+1202…;user=phone` name the number before the semicolon.
  const bare = (user.split(';', 1)[0] ?? '').trim();
  const number = bare.replace(VISUAL_SEPARATORS, '');
  return /^\+?\d+$/.test(number) ? number.replace(/^\+/, '') : bare.toLowerCase();
}
