import * as deepgramPlugin from '@livekit/agents-plugin-deepgram';
import { urlVariable } from '@patchbay/common/env-config';
import { z } from 'zod';
import type { SttProvider } from './provider.ts';

/** Deepgram's streaming recognition. */
export const deepgram = {
  keyVariable: 'DEEPGRAM_API_KEY',
  urlVariable: 'DEEPGRAM_BASE_URL',
  variables: {
    DEEPGRAM_API_KEY: z.string().optional(),
    DEEPGRAM_BASE_URL: urlVariable(['ws', 'wss']).default('wss://api.deepgram.com'),
  },
  timeoutMs: 700,
  build: ({ apiKey, baseUrl, language, model = 'nova-3' }) =>
    new deepgramPlugin.STT({ apiKey, baseUrl, language, model }),
} as const satisfies SttProvider;
