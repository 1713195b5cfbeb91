/** Voices of espeak-ng that the recogniser understands well, the best first. */
const ESPEAK_VOICES = ['en-us', 'en-us+f3'] as const;
/** Cartesia's ids of voices that are likely to be asked for, by how they sound. */
const KNOWN: Readonly<Record<string, string>> = {
  // The default of the LiveKit plugin.
  'f786b574-daa5-4673-aa0c-cbe3e8534c02': 'en-us',
};

const VOICE_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/**
 * The espeak-ng voice that stands for a Cartesia voice; always the same one for the same id.
 *
 * @returns undefined if it can't be a voice's id
 */
export function espeakVoice(voiceId: string): string | undefined {
  if (!VOICE_ID.test(voiceId)) return undefined;
  const sum = [...voiceId].reduce((total, character) => total + character.charCodeAt(0), 0);
  return KNOWN[voiceId.toLowerCase()] ?? ESPEAK_VOICES[sum % ESPEAK_VOICES.length];
}
