import * as cartesiaPlugin from '@livekit/agents-plugin-cartesia';
import { urlVariable } from '@patchbay/common/env-config';
import { z } from 'zod';
import { SPEECH_RATE_HZ, type TtsProvider } from './provider.ts';

/** Cartesia's streaming speech. */
export const cartesia = {
  keyVariable: 'CARTESIA_API_KEY',
  urlVariable: 'CARTESIA_BASE_URL',
  variables: {
    CARTESIA_API_KEY: z.string().optional(),
    // Addresses of sockets are made from it.
    CARTESIA_BASE_URL: urlVariable(['http', 'https']).default('https://api.cartesia.ai'),
  },
  timeoutMs: 650,
  build: ({ apiKey, baseUrl, language, model = 'sonic-3', voice }) =>
    new cartesiaPlugin.TTS({
      apiKey,
      baseUrl,
      language,
      model,
      sampleRate: SPEECH_RATE_HZ,
      ...(voice ? { voice } : {}),
    }),
} as const satisfies TtsProvider;
