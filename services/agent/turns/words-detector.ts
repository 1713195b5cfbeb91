import type { llm } from '@livekit/agents';
import { soundsUnfinished } from './unfinished.ts';

/** What the framework asks about the end of a turn; it does not export the type. */
interface TurnDetector {
  readonly model: string;
  readonly provider: string;
  unlikelyThreshold: () => Promise<number>;
  supportsLanguage: () => Promise<boolean>;
  predictEndOfTurn: (chatCtx: llm.ChatContext) => Promise<number>;
}

/**
 * Decides by the words said so far whether a silence ends the turn: after what sounds unfinished the
 * session waits its longest delay (`AGENT_TURN_MAX_DELAY_MS`), else its shortest.
 */
export function createWordsDetector(): TurnDetector {
  return {
    model: 'words',
    provider: 'patchbay',
    unlikelyThreshold: () => Promise.resolve(0.5),
    supportsLanguage: () => Promise.resolve(true),
    predictEndOfTurn: (chatCtx) => {
      const last = chatCtx.items.at(-1);
      const said = last?.type === 'message' ? (last.textContent ?? '') : '';
      return Promise.resolve(soundsUnfinished(said) ? 0 : 1);
    },
  };
}
