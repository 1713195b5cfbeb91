import { voice } from '@livekit/agents';
import type { Phrases } from '../phrases.ts';

export interface SilenceWatchOptions {
  /** Silence of both sides after which the caller is spoken to. */
  afterMs: number;
  /** How often the caller is spoken to before the call ends. */
  prompts: number;
  /** Say the prompt with this number, from 0. */
  onPrompt: (prompt: number) => void;
  /** The caller has answered none of them. */
  onGone: () => void;
}

/**
 * Notices a caller who says nothing after the agent's turn. Time counts only while the agent
 * listens: not while it speaks or thinks, a tool works, the caller makes a sound or is on hold.
 */
export class SilenceWatch {
  readonly #options: SilenceWatchOptions;
  #timer: NodeJS.Timeout | undefined;
  #prompts = 0;
  #started = false;
  #agentListens = false;
  #callerSpeaks = false;
  #tools = 0;
  #held = false;
  #closed = false;

  constructor(options: SilenceWatchOptions) {
    this.#options = options;
  }

  /** The greeting was handed over: from now on it is the caller's turn at some time. */
  start(): void {
    this.#started = true;
    this.#update();
  }

  onAgentState(state: voice.AgentState): void {
    this.#agentListens = state === 'listening';
    this.#update();
  }

  /** Voice detection hears the caller, or no longer. Sound alone is no answer. */
  onCallerSpeaking(speaking: boolean): void {
    this.#callerSpeaks = speaking;
    this.#update();
  }

  /** The caller said words or pressed a key. */
  onCaller(): void {
    this.#prompts = 0;
    this.#update();
  }

  /** So many tools are at work. */
  onTools(running: number): void {
    this.#tools = running;
    this.#update();
  }

  /** The caller's phone holds the call, or is back. Who presses that button is there. */
  onHold(held: boolean): void {
    this.#held = held;
    this.#prompts = 0;
    this.#update();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #update(): void {
    clearTimeout(this.#timer);
    const waits = this.#agentListens && !this.#callerSpeaks && this.#tools === 0 && !this.#held;
    if (!this.#started || this.#closed || !waits) return;
    this.#timer = setTimeout(() => this.#onSilence(), this.#options.afterMs);
  }

  #onSilence(): void {
    const { prompts, onPrompt, onGone } = this.#options;
    if (this.#prompts < prompts) return onPrompt(this.#prompts++);
    this.close();
    onGone();
  }
}

export interface WatchSilenceOptions {
  session: Pick<voice.AgentSession, 'on'>;
  /** See {@link SilenceWatchOptions.afterMs}. */
  afterMs: number;
  /** Of whoever serves the caller now. */
  phrases: () => Pick<Phrases, 'stillThere' | 'silenceGoodbye'>;
  say: (words: string) => void;
  /** The caller has been silent for too long: these are the last words. */
  onGone: (goodbye: string) => void;
}

/** Watch the silence of a session. The caller's voice, keys and tools have to be told to it. */
export function watchSilence(options: WatchSilenceOptions): SilenceWatch {
  const { session, afterMs, phrases, say, onGone } = options;
  const watch = new SilenceWatch({
    afterMs,
    prompts: phrases().stillThere.length,
    onPrompt: (prompt) => {
      const { stillThere } = phrases();
      const phrase = stillThere[Math.min(prompt, stillThere.length - 1)];
      if (phrase !== undefined) say(phrase);
    },
    onGone: () => onGone(phrases().silenceGoodbye),
  });
  const { AgentSessionEventTypes: events } = voice;
  session.on(events.AgentStateChanged, ({ newState }) => watch.onAgentState(newState));
  session.on(events.UserInputTranscribed, ({ transcript }) => {
    if (transcript.trim() !== '') watch.onCaller();
  });
  return watch;
}
