import { voice, type llm, type VAD } from '@livekit/agents';
import type { AgentDefinition } from './agent-definition.ts';
import { withoutBackChannel } from './back-channel.ts';
import type { AgentConfig } from './config.ts';
import type { Models } from './providers/catalog.ts';
import type { CallTool } from './tools/call-tools.ts';
import { createWordsDetector } from './turns/words-detector.ts';

export type SessionSettings = Pick<
  AgentConfig,
  | 'AGENT_TURN_DETECTION'
  | 'AGENT_TURN_MIN_DELAY_MS'
  | 'AGENT_TURN_MAX_DELAY_MS'
  | 'AGENT_REPLY_LIMIT_MS'
>;

/**
 * The chains of providers try again by themselves, and each knows its own patience: the session must
 * not ask a second time for what has been said in part.
 */
const ONCE = { maxRetry: 0, retryIntervalMs: 0, timeoutMs: 10_000 };
const PATIENCE = { sttConnOptions: ONCE, llmConnOptions: ONCE, ttsConnOptions: ONCE };

/** A session that hears, thinks and speaks. Everything that decides about turns is set here. */
export function createSession(options: {
  models: Pick<Models, 'stt' | 'llm' | 'tts'>;
  vad: VAD;
  settings: SessionSettings;
}): voice.AgentSession {
  const { stt, llm, tts } = options.models;
  const detection = options.settings.AGENT_TURN_DETECTION;
  tts.prewarm();
  return new voice.AgentSession({
    stt,
    llm,
    tts,
    vad: options.vad,
    connOptions: PATIENCE,
    // The first seconds of the greeting are as good a time to speak as any other: telephones and
    // browsers cancel their own echo, so there is nothing to warm up.
    aecWarmupDuration: null,
    userAwayTimeout: null,
    transcriptionTimeout: options.settings.AGENT_REPLY_LIMIT_MS,
    turnHandling: {
      turnDetection: detection === 'words' ? createWordsDetector() : detection,
      endpointing: {
        // The shortest delay grows with the pauses this caller makes, and shrinks again.
        mode: 'dynamic',
        minDelay: options.settings.AGENT_TURN_MIN_DELAY_MS,
        maxDelay: options.settings.AGENT_TURN_MAX_DELAY_MS,
      },
      // The agent stops soon after the caller begins to speak: the way to here and back takes as long
      // again. If no words come of it (a cough, or what `withoutBackChannel` leaves out), it goes on
      // where it stopped.
      interruption: {
        enabled: true,
        mode: 'vad',
        minDuration: 160,
        minWords: 0,
        resumeFalseInterruption: true,
        falseInterruptionTimeout: 600,
        backchannelBoundary: null,
      },
      preemptiveGeneration: { enabled: true },
    },
  });
}

/** A session that can only play recordings, for calls that no provider can serve. */
export function createMuteSession(): voice.AgentSession {
  return new voice.AgentSession({
    vad: null,
    aecWarmupDuration: null,
    userAwayTimeout: null,
    turnHandling: { turnDetection: null, interruption: { enabled: false } },
  });
}

export interface AgentExtras {
  /** Its own models, if the session's are another agent's. */
  models?: Pick<Models, 'stt' | 'llm' | 'tts'>;
  /** It serves the caller from now on. */
  onEnter?: () => void;
  /** Whether the caller speaks while the agent does; see {@link withoutBackChannel}. */
  isOverAgent: () => boolean;
}

/** The framework's agent for a definition, with what was said in the call before it came. */
export function createAgent(
  definition: AgentDefinition,
  tools: readonly CallTool[],
  chatCtx: llm.ChatContext,
  extras: AgentExtras,
): voice.Agent {
  const { models, onEnter, isOverAgent } = extras;
  models?.tts.prewarm();
  return voice.Agent.create({
    id: definition.name,
    instructions: definition.instructions,
    tools,
    chatCtx,
    ...(models ? { stt: models.stt, llm: models.llm, tts: models.tts } : {}),
    onEnter: () => Promise.resolve(onEnter?.()),
    sttNode: async ({ agent }, audio, settings) => {
      const events = await voice.Agent.default.sttNode(agent, audio, settings);
      return events && withoutBackChannel(events, isOverAgent);
    },
  });
}
