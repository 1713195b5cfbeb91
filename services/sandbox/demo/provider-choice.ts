import type { ProviderKeys } from '../stack/stack.ts';

/** What each variable is for, in the order of a turn. */
export const PROVIDER_VARIABLES = {
  DEEPGRAM_API_KEY: 'Deepgram, speech to text',
  OPENAI_API_KEY: 'OpenAI, language model',
  CARTESIA_API_KEY: 'Cartesia, text to speech',
} as const satisfies Partial<Record<keyof ProviderKeys, string>>;

/** Keys of the providers that stand by; a call goes without those that are not set. */
const STAND_BY = ['GROQ_API_KEY', 'SARVAM_API_KEY'] as const;

const BASE_URLS = [
  'DEEPGRAM_BASE_URL',
  'OPENAI_BASE_URL',
  'GROQ_BASE_URL',
  'CARTESIA_BASE_URL',
  'SARVAM_BASE_URL',
] as const;

export type ProviderChoice =
  | { mode: 'sandbox'; note: string }
  | { mode: 'real'; keys: ProviderKeys; baseUrls: Record<string, string> };

/**
 * Which providers a local run talks to: the real ones when all their keys are set, else the
 * sandbox's. With `insist` a missing key is an error.
 *
 * @throws Error that names every missing variable and what it is for
 */
export function chooseProviders(
  env: Readonly<Record<string, string | undefined>>,
  insist: boolean,
): ProviderChoice {
  const names = Object.keys(PROVIDER_VARIABLES) as (keyof typeof PROVIDER_VARIABLES)[];
  const missing = names.filter((name) => !env[name]?.trim());
  if (missing.length === 0) {
    const value = (name: string) => env[name]?.trim() ?? '';
    return {
      mode: 'real',
      keys: {
        DEEPGRAM_API_KEY: value('DEEPGRAM_API_KEY'),
        OPENAI_API_KEY: value('OPENAI_API_KEY'),
        CARTESIA_API_KEY: value('CARTESIA_API_KEY'),
        ...Object.fromEntries(
          STAND_BY.filter((name) => env[name]?.trim()).map((name) => [name, value(name)]),
        ),
      },
      baseUrls: Object.fromEntries(
        BASE_URLS.filter((name) => env[name]?.trim()).map((name) => [name, value(name)]),
      ),
    };
  }
  if (insist) {
    const lines = missing.map((name) => `  ${name}  (${PROVIDER_VARIABLES[name]})`);
    throw new Error(
      `REAL=1 asks for the real providers, but ${missing.length === 1 ? 'this key is' : 'these keys are'} missing:\n` +
        `${lines.join('\n')}\nPut them into .env (see .env.example) or leave REAL out to use the stand-ins.`,
    );
  }
  const some = missing.length < names.length;
  return {
    mode: 'sandbox',
    note: some
      ? `Some provider keys are set, but ${missing.join(' and ')} ${missing.length === 1 ? 'is' : 'are'} missing: using the offline stand-ins for all.`
      : 'No provider keys are set: using offline stand-ins that speak the same protocols.',
  };
}
