import * as openaiPlugin from '@livekit/agents-plugin-openai';
import { urlVariable } from '@patchbay/common/env-config';
import { z } from 'zod';
import type { LlmProvider } from './provider.ts';

/** Groq's chat completions, in OpenAI's protocol. */
export const groq = {
  keyVariable: 'GROQ_API_KEY',
  urlVariable: 'GROQ_BASE_URL',
  variables: {
    GROQ_API_KEY: z.string().optional(),
    GROQ_BASE_URL: urlVariable(['http', 'https']).default('https://api.groq.com/openai/v1'),
  },
  timeoutMs: 1_200,
  build: ({ apiKey, baseUrl, model = 'openai/gpt-oss-120b' }) =>
    new openaiPlugin.LLM({ apiKey, baseURL: baseUrl, model, parallelToolCalls: false }),
} as const satisfies LlmProvider;
