import type { voice } from '@livekit/agents';

type Pausable = Pick<voice.AudioOutput, 'pause' | 'resume'>;

/**
 * Keeps what a session says from a line that is held: it waits until the line is back. The session
 * pauses its output too, whenever the caller makes a sound, and resumes it for each new sentence; so
 * the output plays only if neither wants it paused.
 */
export class SpeechGate {
  readonly #resume: () => void;
  readonly #pause: () => void;
  #held = false;
  /** The session's own wish. */
  #paused = false;

  /** @param output the session's, for as long as it lives */
  constructor(output: Pausable) {
    this.#pause = output.pause.bind(output);
    this.#resume = output.resume.bind(output);
    output.pause = () => {
      this.#paused = true;
      this.#pause();
    };
    output.resume = () => {
      this.#paused = false;
      if (!this.#held) this.#resume();
    };
  }

  onHold(held: boolean): void {
    this.#held = held;
    if (held) this.#pause();
    else if (!this.#paused) this.#resume();
  }
}
