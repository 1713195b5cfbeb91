import * as sarvamPlugin from '@livekit/agents-plugin-sarvam';
import { urlVariable } from '@patchbay/common/env-config';
import { z } from 'zod';
import { baseLanguage, SPEECH_RATE_HZ, type TtsProvider } from './provider.ts';

/** Sarvam's streaming speech in the languages of India, English as spoken there among them. */
export const sarvam = {
  keyVariable: 'SARVAM_API_KEY',
  urlVariable: 'SARVAM_BASE_URL',
  variables: {
    SARVAM_API_KEY: z.string().optional(),
    // Addresses of sockets are made from it.
    SARVAM_BASE_URL: urlVariable(['http', 'https']).default('https://api.sarvam.ai'),
  },
  // Three times the 250 ms that Sarvam claims for bulbul:v2 (as told at 60db.ai/benchmarks/tts-latency).
  // With 1 s callers waited up to 1.5 s in all (make bench-faults).
  timeoutMs: 750,
  build: ({ apiKey, baseUrl, language, model = 'bulbul:v2', voice }) =>
    new sarvamPlugin.TTS({
      apiKey,
      baseURL: baseUrl,
      targetLanguageCode: `${baseLanguage(language)}-IN`,
      model: model as 'bulbul:v2',
      sampleRate: SPEECH_RATE_HZ,
      outputAudioCodec: 'linear16',
      ...(voice ? { speaker: voice } : {}),
    }),
} as const satisfies TtsProvider;
