import { chatApi, type ChatDialect } from './chat-api.ts';
import type { Provider, ProviderContext } from './provider.ts';

const MODELS = [
  'openai/gpt-oss-120b',
  'openai/gpt-oss-20b',
  'llama-3.3-70b-versatile',
  'llama-3.1-8b-instant',
];

/** How Groq's API differs from OpenAI's (https://console.groq.com/docs/openai). */
const GROQ: ChatDialect = {
  provider: 'groq',
  prefix: '/openai/v1',
  models: MODELS,
  knownModel: /^(openai\/gpt-oss-|llama-|meta-llama\/|qwen\/|moonshotai\/|groq\/)/,
  noKey: 'Invalid API Key',
  wrongKey: () => 'Invalid API Key',
};

/** Groq's models and chat completions, at `/openai/v1`. */
export function groq(context: ProviderContext): Provider {
  return chatApi(context, GROQ);
}
