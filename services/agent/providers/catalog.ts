import type { llm, stt, tts } from '@livekit/agents';
import { cartesia } from './cartesia.ts';
import { deepgram } from './deepgram.ts';
import { ProviderFault, STAGES, type Stage } from './faults.ts';
import { groq } from './groq.ts';
import { openai } from './openai.ts';
import type { LlmProvider, Provider, SttProvider, TtsProvider } from './provider.ts';
import { sarvamStt } from './sarvam-stt.ts';
import { sarvam } from './sarvam.ts';
import { whisper } from './whisper.ts';
import { Filler } from './chain/filler.ts';
import { LlmChain } from './chain/llm-chain.ts';
import type { Member } from './chain/members.ts';
import { SttChain } from './chain/stt-chain.ts';
import type { ProviderSwitch } from './chain/switches.ts';
import { ignoreRequests, type OnRequest } from '../trace/request-log.ts';
import { TtsChain } from './chain/tts-chain.ts';

/** Every provider there is, by stage and name. The one place that knows them all. */
const PROVIDERS = {
  stt: { deepgram, whisper, sarvam: sarvamStt } satisfies Record<string, SttProvider>,
  llm: { openai, groq } satisfies Record<string, LlmProvider>,
  tts: { cartesia, sarvam } satisfies Record<string, TtsProvider>,
} as const;

/** The variables of all providers, for the worker's configuration. */
export const providerVariables = {
  ...deepgram.variables,
  ...whisper.variables,
  ...openai.variables,
  ...groq.variables,
  ...cartesia.variables,
  ...sarvam.variables,
};

type Names = { [S in Stage]: keyof (typeof PROVIDERS)[S] };

/** Names that an agent's file may use, by stage. */
export const PROVIDER_NAMES = {
  stt: ['deepgram', 'whisper', 'sarvam'],
  llm: ['openai', 'groq'],
  tts: ['cartesia', 'sarvam'],
} as const satisfies { [S in Stage]: readonly Names[S][] };

/** Who is asked, in this order, for an agent whose file doesn't say. */
export const USUAL_CHAIN = {
  stt: ['deepgram', 'whisper'],
  llm: ['openai', 'groq'],
  tts: ['cartesia', 'sarvam'],
} as const satisfies { [S in Stage]: readonly Names[S][] };

/** A provider as an agent's file chooses it; what is absent is the provider's or the agent's own. */
export interface ProviderChoice<Name extends string = string> {
  provider: Name;
  model?: string | undefined;
  /** The provider's own voice id. */
  voice?: string | undefined;
  /** BCP 47. */
  language?: string | undefined;
  /** Instead of the address in the environment. */
  baseUrl?: string | undefined;
  /** Wait for a first answer before the next provider is asked too. */
  timeoutMs?: number | undefined;
}

/** The providers of an agent, first choice first. */
export type ProviderChain = {
  [S in Stage]: readonly (Names[S] | ProviderChoice<Names[S]>)[];
};

/** Keys and addresses, under the names of their environment variables. */
export type ProviderSettings = Readonly<Record<string, unknown>>;

/** What an agent's file says about how it sounds. */
export interface Voice {
  /** BCP 47. */
  language: string;
  /** The voice's id at the first provider of speech. */
  voice?: string | undefined;
  /** Said when an answer is late; nothing if absent. */
  filler?: string | undefined;
}

export interface Models {
  stt: SttChain;
  llm: LlmChain;
  tts: TtsChain;
  filler: Filler;
}

/** A provider of a chain. */
interface Entry {
  choice: ProviderChoice;
  provider: Provider<unknown>;
  /** The agent's first choice. */
  first: boolean;
}

function entries(chain: ProviderChain, stage: Stage): Entry[] {
  return chain[stage].map((named: string | ProviderChoice, index) => {
    const choice = typeof named === 'string' ? { provider: named } : named;
    const known: Readonly<Record<string, Provider<unknown>>> = PROVIDERS[stage];
    const provider = known[choice.provider];
    if (!provider) throw new RangeError(`${stage} has no provider ${choice.provider}`);
    return { choice, provider, first: index === 0 };
  });
}

/** A fault for every provider of the chain whose key is not set. */
export function missingKeys(chain: ProviderChain, settings: ProviderSettings): ProviderFault[] {
  return STAGES.flatMap((stage) =>
    entries(chain, stage)
      .filter(({ provider }) => !settings[provider.keyVariable])
      .map(
        ({ choice, provider }) =>
          new ProviderFault({
            kind: 'key-missing',
            stage,
            provider: choice.provider,
            variable: provider.keyVariable,
          }),
      ),
  );
}

/** The missing keys of those stages that nobody can do: calls of this agent get an apology. */
export function fatalMissingKeys(
  chain: ProviderChain,
  settings: ProviderSettings,
): ProviderFault[] {
  const missing = missingKeys(chain, settings);
  return missing.filter(
    ({ stage }) => missing.filter((fault) => fault.stage === stage).length === chain[stage].length,
  );
}

/** Faults for a stage that all its providers failed to do. */
export function stageFaults(
  chain: ProviderChain,
  settings: ProviderSettings,
  stage: Stage,
  facts: { kind: ProviderFault['kind']; cause: unknown },
): ProviderFault[] {
  return entries(chain, stage)
    .filter(({ provider }) => Boolean(settings[provider.keyVariable]))
    .map(
      ({ choice, provider }) =>
        new ProviderFault(
          {
            kind: facts.kind,
            stage,
            provider: choice.provider,
            variable: provider.keyVariable,
          },
          { cause: facts.cause },
        ),
    );
}

export interface BuildOptions {
  chain: ProviderChain;
  settings: ProviderSettings;
  voice: Voice;
  onSwitch: (change: ProviderSwitch) => void;
  /** The caller waits longer than usual for being understood. */
  onLate: () => void;
  /** The caller spoke, and no recogniser made words of it. */
  onUnheard: () => void;
  /** A provider is asked for something. */
  onRequest?: OnRequest;
}

/**
 * Make the models that a call needs. Providers without a key are left out.
 *
 * @throws {ProviderFault} the first missing key of a stage that nobody can do
 */
export function buildModels(options: BuildOptions): Models {
  const { chain, settings, voice, onSwitch, onLate, onUnheard } = options;
  const { onRequest = ignoreRequests } = options;
  const [fatal] = fatalMissingKeys(chain, settings);
  if (fatal) throw fatal;
  const members = <Model>(stage: Stage): Member<Model>[] =>
    entries(chain, stage)
      .filter(({ provider }) => Boolean(settings[provider.keyVariable]))
      .map(({ choice, provider, first }) => ({
        name: choice.provider,
        timeoutMs: choice.timeoutMs ?? provider.timeoutMs,
        model: provider.build({
          apiKey: String(settings[provider.keyVariable]),
          baseUrl: choice.baseUrl ?? String(settings[provider.urlVariable]),
          language: choice.language ?? voice.language,
          model: choice.model,
          // A voice's id means nothing to another provider.
          voice: choice.voice ?? (first ? voice.voice : undefined),
        }) as Model,
      }));
  const filler = new Filler(voice.filler ?? '');
  return {
    filler,
    stt: new SttChain({ members: members<stt.STT>('stt'), onSwitch, onLate, onUnheard, onRequest }),
    llm: new LlmChain({ members: members<llm.LLM>('llm'), onSwitch, onRequest, filler }),
    tts: new TtsChain({ members: members<tts.TTS>('tts'), onSwitch, onRequest }),
  };
}
