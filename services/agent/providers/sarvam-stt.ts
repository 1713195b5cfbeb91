import { baseLanguage, type SttProvider } from './provider.ts';
import { SarvamRecognition } from './sarvam-recognition.ts';
import { sarvam } from './sarvam.ts';

/** Sarvam's streaming recognition of the languages of India, English as spoken there among them. */
export const sarvamStt = {
  keyVariable: sarvam.keyVariable,
  urlVariable: sarvam.urlVariable,
  variables: sarvam.variables,
  timeoutMs: 900,
  build: ({ apiKey, baseUrl, language, model = 'saaras:v3' }) =>
    new SarvamRecognition({
      apiKey,
      baseUrl,
      languageCode: `${baseLanguage(language)}-IN`,
      model,
    }),
} as const satisfies SttProvider;
