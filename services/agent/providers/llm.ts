import * as openai from '@livekit/agents-plugin-openai';
import type { llm } from '@livekit/agents';

export interface LlmOptions {
  apiKey: string;
  /** With the version, `https://api.openai.com/v1`. */
  baseUrl: string;
}

/** OpenAI's chat completions. Calls tools one at a time: spoken answers follow one question. */
export function openaiLlm(options: LlmOptions): llm.LLM {
  return new openai.LLM({
    apiKey: options.apiKey,
    baseURL: options.baseUrl,
    model: 'gpt-4.1-mini',
    parallelToolCalls: false,
  });
}
