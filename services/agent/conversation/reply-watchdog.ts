import { voice } from '@livekit/agents';
import type { Stage } from '../providers/faults.ts';

/** Shorter sounds may be a cough or a door; no recogniser makes words of those. */
const LEAST_SPEECH_MS = 800;
/** So many utterances in a row without a word are no accident. */
const UNHEARD_LIMIT = 2;

/** What the watchdog watches; {@link watchReplies} feeds it from a session. */
export interface WatchdogOptions {
  /** Longest wait for an answer's first sound. */
  limitMs: number;
  /** Called with the stage that owes an answer. */
  onSilence: (stage: Stage) => void;
}

/**
 * Notices providers that neither answer nor fail: they would leave the caller in silence for ever.
 */
export class ReplyWatchdog {
  readonly #options: WatchdogOptions;
  #timer: NodeJS.Timeout | undefined;
  #thinking = false;
  #held = false;
  #closed = false;
  /** Whether the language model has answered, so that only the speech can be what is missing. */
  #modelAnswered = false;
  #unheard = 0;

  constructor(options: WatchdogOptions) {
    this.#options = options;
  }

  /** The agent began to listen, think or speak. */
  onAgentState(state: voice.AgentState): void {
    this.#thinking = state === 'thinking';
    if (this.#thinking) this.#modelAnswered = false;
    this.#wait();
  }

  /** The caller's phone holds the call, or is back. To a held line nobody owes an answer. */
  onHold(held: boolean): void {
    this.#held = held;
    this.#wait();
  }

  onModelAnswer(): void {
    this.#modelAnswered = true;
  }

  /** The recogniser heard words. */
  onTranscript(): void {
    this.#unheard = 0;
  }

  /** The caller spoke for this long and no words came. */
  onUnheard(speechMs: number): void {
    if (speechMs < LEAST_SPEECH_MS) return;
    this.#unheard += 1;
    if (this.#unheard >= UNHEARD_LIMIT) this.#options.onSilence('stt');
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #wait(): void {
    clearTimeout(this.#timer);
    if (this.#closed || this.#held || !this.#thinking) return;
    const { limitMs, onSilence } = this.#options;
    this.#timer = setTimeout(() => onSilence(this.#modelAnswered ? 'tts' : 'llm'), limitMs);
  }
}

/** Watch the replies of a session. The session's `transcriptionTimeout` must be set. */
export function watchReplies(session: voice.AgentSession, options: WatchdogOptions): ReplyWatchdog {
  const watchdog = new ReplyWatchdog(options);
  const { AgentSessionEventTypes: events } = voice;
  session.on(events.AgentStateChanged, ({ newState }) => watchdog.onAgentState(newState));
  session.on(events.MetricsCollected, ({ metrics }) => {
    if (metrics.type === 'llm_metrics' && !metrics.cancelled) watchdog.onModelAnswer();
  });
  session.on(events.UserInputTranscribed, () => watchdog.onTranscript());
  session.on(events.UserTranscriptionTimeout, ({ speechDuration }) =>
    watchdog.onUnheard(speechDuration),
  );
  session.on(events.Close, () => watchdog.close());
  return watchdog;
}
