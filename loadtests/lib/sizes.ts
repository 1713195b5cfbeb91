/// <reference types="k6" />

/** No load test of ours is larger or longer, whatever is asked for. */
const MOST_CALLS = 200;
const MOST_SECONDS = 4 * 3_600;

/** Small enough for a minute on a laptop, as a part of the tests. */
export const SMOKE = __ENV['PROFILE'] === 'smoke';

/** A whole number from the environment. @throws Error if it is none or out of bounds */
function sizeOf(variable: string, fallback: number, most: number, what: string): number {
  const given = __ENV[variable];
  if (given === undefined || given === '') return fallback;
  const value = Number(given);
  if (Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw new Error(
    `${variable} is "${given}": it must be a whole number of ${what} from 1 to ${most}`,
  );
}

/** Calls at once: CALLS. @param doors doors that have so many each */
export function callsAtOnce(fallback: number, doors = 1): number {
  return sizeOf('CALLS', fallback, MOST_CALLS / doors, 'calls');
}

/** How long: SECONDS. @param phases phases that take so long each */
export function seconds(fallback: number, phases = 1): number {
  return sizeOf('SECONDS', fallback, Math.floor(MOST_SECONDS / phases), 'seconds');
}
