import { chatApi, type ChatDialect } from './chat-api.ts';
import { SANDBOX_KEY, type Provider, type ProviderContext } from './provider.ts';
import { transcriptions } from './whisper.ts';

/** How OpenAI's API differs from the ones made after it. */
export const OPENAI: ChatDialect = {
  provider: 'openai',
  prefix: '/v1',
  models: [
    'gpt-4.1',
    'gpt-4.1-mini',
    'gpt-4.1-nano',
    'gpt-4o',
    'gpt-4o-mini',
    'gpt-5',
    'gpt-5-mini',
    'whisper-1',
  ],
  knownModel: /^(gpt-(4|5)|o[1-4]|chatgpt-)/,
  noKey:
    "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY).",
  wrongKey: (shown) =>
    `Incorrect API key provided: ${shown}. The sandbox takes the key "${SANDBOX_KEY}".`,
};

/** OpenAI's models, chat completions and transcriptions, at `/v1`. */
export function openai(context: ProviderContext): Provider {
  const chat = chatApi(context, OPENAI);
  return { ...chat, http: { ...chat.http, ...transcriptions(context, OPENAI) } };
}
