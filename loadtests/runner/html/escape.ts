/** Text as it may stand in HTML, attributes included. */
export function escape(text: string | number): string {
  return String(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

/** The doors as a reader knows them. */
export const DOOR_TITLES = {
  web: 'Web',
  trunk: 'Phone, SIP trunk',
  reach: 'Phone, bridge',
} as const;
