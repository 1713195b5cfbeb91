import { spokenNumber, spokenOrdinal, type SpokenLanguage } from './spoken-number.ts';

/**
 * A calendar day in words: `2026-11-20` → `November twentieth`, in India `twentieth November` and
 * `बीस नवंबर`. The year is left out, as people do when they speak of recent days.
 *
 * @throws RangeError for what is not a day in the form YYYY-MM-DD
 */
export function spokenDate(isoDay: string, language: SpokenLanguage = 'en-US'): string {
  const date = new Date(`${isoDay}T00:00:00Z`);
  // The round trip refuses days such as 31 February, which Date turns into March.
  if (Number.isNaN(date.getTime()) || date.toISOString().slice(0, 10) !== isoDay) {
    throw new RangeError(`can't say the day ${JSON.stringify(isoDay)}: it must be YYYY-MM-DD`);
  }
  const day = date.getUTCDate();
  const dayWords =
    language === 'hi-IN' ? spokenNumber(day, language) : spokenOrdinal(day, language);
  return FORMATS[language]
    .formatToParts(date)
    .map(({ type, value }) => (type === 'day' ? dayWords : value))
    .join('');
}

/** They know the months' names, and which comes first. */
const FORMATS = {
  'en-US': dayAndMonth('en-US'),
  'en-IN': dayAndMonth('en-IN'),
  'hi-IN': dayAndMonth('hi-IN'),
} as const;

function dayAndMonth(language: SpokenLanguage): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat(language, { month: 'long', day: 'numeric', timeZone: 'UTC' });
}
