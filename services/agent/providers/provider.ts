import type { llm, stt, tts } from '@livekit/agents';
import type { z } from 'zod';

/** What one model of an agent is made from. */
export interface ModelSettings {
  apiKey: string;
  /** The provider's address, or of what stands for it. */
  baseUrl: string;
  /** BCP 47. */
  language: string;
  /** The provider's own name of a model; its default if absent. */
  model?: string | undefined;
  /** The provider's own voice id; its default if absent. Means nothing to other stages than speech. */
  voice?: string | undefined;
}

/**
 * One provider of one stage. Everything about it stands in its own file; catalog.ts lists them. Keys
 * and addresses come from the environment under the names given here.
 */
export interface Provider<Model> {
  keyVariable: string;
  urlVariable: string;
  /** The two variables, for the worker's configuration. */
  variables: Readonly<Record<string, z.ZodType>>;
  /**
   * How long to wait for a first answer before the next provider is asked too: for recognisers from
   * the end of the caller's speech, for the others from the request.
   */
  timeoutMs: number;
  build(settings: ModelSettings): Model;
}

export type SttProvider = Provider<stt.STT>;
export type LlmProvider = Provider<llm.LLM>;
export type TtsProvider = Provider<tts.TTS>;

/** Rate of all speech, so that a switch in the middle of an answer needs no resampling. */
export const SPEECH_RATE_HZ = 24_000;

/** The language alone, as providers want it that know no regions. */
export function baseLanguage(tag: string): string {
  return tag.split('-')[0] ?? tag;
}
