import { voice } from '@livekit/agents';
import type { Stage } from './providers/faults.ts';

/**
 * Notices a turn that nobody answers: a provider that neither answers nor fails would leave the
 * caller in silence for ever.
 */
export class ReplyWatchdog {
  readonly #limitMs: number;
  readonly #onSilence: (stage: Stage) => void;
  #timer: NodeJS.Timeout | undefined;
  /** Whether the language model has answered, so that only the speech can be what is missing. */
  #modelAnswered = false;

  /** @param onSilence called at most once per silent turn, with the stage that owes an answer */
  constructor(session: voice.AgentSession, limitMs: number, onSilence: (stage: Stage) => void) {
    this.#limitMs = limitMs;
    this.#onSilence = onSilence;
    const { AgentSessionEventTypes: events } = voice;
    session.on(events.AgentStateChanged, ({ newState }) => this.onState(newState));
    session.on(events.MetricsCollected, ({ metrics }) => {
      if (metrics.type === 'llm_metrics' && !metrics.cancelled) this.#modelAnswered = true;
    });
    session.on(events.Close, () => this.close());
  }

  onState(state: voice.AgentState): void {
    if (state !== 'thinking') {
      this.close();
      return;
    }
    this.#modelAnswered = false;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(
      () => this.#onSilence(this.#modelAnswered ? 'tts' : 'llm'),
      this.#limitMs,
    );
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
