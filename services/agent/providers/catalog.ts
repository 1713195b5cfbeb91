import type { llm, stt, tts } from '@livekit/agents';
import { ProviderFault, type Stage } from './faults.ts';
import { openaiLlm } from './llm.ts';
import { deepgramStt } from './stt.ts';
import { cartesiaTts } from './tts.ts';

/** What an agent's file says about how it hears, thinks and speaks. */
export interface Voice {
  /** BCP 47. */
  language: string;
  /** The voice's id at the provider of speech. */
  voice?: string | undefined;
}

/** Keys and addresses, under the names of their environment variables. */
export interface ProviderSettings {
  DEEPGRAM_API_KEY?: string | undefined;
  OPENAI_API_KEY?: string | undefined;
  CARTESIA_API_KEY?: string | undefined;
  DEEPGRAM_BASE_URL: string;
  OPENAI_BASE_URL: string;
  CARTESIA_BASE_URL: string;
}

interface Entry<Model> {
  /** Variable that holds the key. */
  variable: 'DEEPGRAM_API_KEY' | 'OPENAI_API_KEY' | 'CARTESIA_API_KEY';
  build(apiKey: string, settings: ProviderSettings, voice: Voice): Model;
}

const deepgram: Entry<stt.STT> = {
  variable: 'DEEPGRAM_API_KEY',
  build: (apiKey, settings, { language }) =>
    deepgramStt({ apiKey, baseUrl: settings.DEEPGRAM_BASE_URL, language }),
};
const openai: Entry<llm.LLM> = {
  variable: 'OPENAI_API_KEY',
  build: (apiKey, settings) => openaiLlm({ apiKey, baseUrl: settings.OPENAI_BASE_URL }),
};
const cartesia: Entry<tts.TTS> = {
  variable: 'CARTESIA_API_KEY',
  build: (apiKey, settings, voice) =>
    cartesiaTts({ apiKey, baseUrl: settings.CARTESIA_BASE_URL, ...voice }),
};

/** Every provider there is, by stage and name. The one place that knows them all. */
const PROVIDERS = { stt: { deepgram }, llm: { openai }, tts: { cartesia } } as const;

/** Names that an agent's file may use, by stage. */
export const PROVIDER_NAMES = {
  stt: ['deepgram'],
  llm: ['openai'],
  tts: ['cartesia'],
} as const satisfies { [S in Stage]: readonly (keyof (typeof PROVIDERS)[S])[] };

/** The providers of an agent, first choice first. */
export type ProviderChain = { [S in Stage]: readonly (typeof PROVIDER_NAMES)[S][number][] };

export interface Models {
  stt: stt.STT;
  llm: llm.LLM;
  tts: tts.TTS;
}

/** Provider and key variable that do a stage for this chain. */
export function providerOf(
  chain: ProviderChain,
  stage: Stage,
): { provider: string; variable: string } {
  switch (stage) {
    case 'stt': {
      const name = first(chain.stt);
      return { provider: name, variable: PROVIDERS.stt[name].variable };
    }
    case 'llm': {
      const name = first(chain.llm);
      return { provider: name, variable: PROVIDERS.llm[name].variable };
    }
    case 'tts': {
      const name = first(chain.tts);
      return { provider: name, variable: PROVIDERS.tts[name].variable };
    }
  }
}

/** A fault for every provider of the chain whose key is not set. */
export function missingKeys(chain: ProviderChain, settings: ProviderSettings): ProviderFault[] {
  return (['stt', 'llm', 'tts'] as const).flatMap((stage) => {
    const { provider, variable } = providerOf(chain, stage);
    const key = settings[variable as keyof ProviderSettings];
    return key ? [] : [new ProviderFault({ kind: 'key-missing', stage, provider, variable })];
  });
}

/**
 * Make the models that a call needs.
 *
 * @throws {ProviderFault} the first missing key; see {@link missingKeys} for all of them
 */
export function buildModels(
  chain: ProviderChain,
  settings: ProviderSettings,
  voice: Voice,
): Models {
  const [missing] = missingKeys(chain, settings);
  if (missing) throw missing;
  const build = <Model>(entry: Entry<Model>): Model =>
    entry.build(settings[entry.variable] ?? '', settings, voice);
  return {
    stt: build(PROVIDERS.stt[first(chain.stt)]),
    llm: build(PROVIDERS.llm[first(chain.llm)]),
    tts: build(PROVIDERS.tts[first(chain.tts)]),
  };
}

function first<Name extends string>(names: readonly Name[]): Name {
  const [name] = names;
  if (name === undefined) throw new Error('a provider chain has at least one name');
  return name;
}
