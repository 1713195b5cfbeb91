import * as openaiPlugin from '@livekit/agents-plugin-openai';
import { urlVariable } from '@patchbay/common/env-config';
import { z } from 'zod';
import type { LlmProvider } from './provider.ts';

/** OpenAI's chat completions. Calls tools one at a time: spoken answers follow one question. */
export const openai = {
  keyVariable: 'OPENAI_API_KEY',
  urlVariable: 'OPENAI_BASE_URL',
  variables: {
    OPENAI_API_KEY: z.string().optional(),
    OPENAI_BASE_URL: urlVariable(['http', 'https']).default('https://api.openai.com/v1'),
  },
  timeoutMs: 1_200,
  build: ({ apiKey, baseUrl, model = 'gpt-4.1-mini' }) =>
    new openaiPlugin.LLM({ apiKey, baseURL: baseUrl, model, parallelToolCalls: false }),
} as const satisfies LlmProvider;
