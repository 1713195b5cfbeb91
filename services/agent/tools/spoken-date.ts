import { spokenOrdinal } from './spoken-number.ts';

const MONTHS = [
  'January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October',
  'November', 'December',
] as const; // prettier-ignore

/**
 * A calendar day in words: `2026-11-20` → `November twentieth`. The year is left out, as people do
 * when they speak of recent days.
 *
 * @throws RangeError for what is not a day in the form YYYY-MM-DD
 */
export function spokenDate(isoDay: string): string {
  const date = new Date(`${isoDay}T00:00:00Z`);
  const month = MONTHS[date.getUTCMonth()];
  // The round trip refuses days such as 31 February, which Date turns into March.
  if (!month || date.toISOString().slice(0, 10) !== isoDay) {
    throw new RangeError(`can't say the day ${JSON.stringify(isoDay)}: it must be YYYY-MM-DD`);
  }
  return `${month} ${spokenOrdinal(date.getUTCDate())}`;
}
