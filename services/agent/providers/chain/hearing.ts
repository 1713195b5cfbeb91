import type { stt } from '@livekit/agents';
import type { AudioFrame } from '@livekit/rtc-node';
import type { OnRequest } from '../../trace/request-log.ts';
import type { Member } from './members.ts';
import { takeErrors } from './own-errors.ts';
import { AnswerFault } from './switches.ts';

export interface HearingOptions {
  member: Member<stt.STT>;
  /** What it hears first: everything that was not understood yet. */
  heard: readonly AudioFrame[];
  /** Longest that it may take, in ms, for plugins that want to know. */
  timeoutMs: number;
  onEvent: (event: stt.SpeechEvent) => void;
  /** It has failed, or ended by itself; may be told more than once, and after {@link Hearing.close}. */
  onFailed: (error: unknown) => void;
  onRequest: OnRequest;
}

/** One recogniser at work: it hears what it is given until it is closed, or fails. */
export class Hearing {
  readonly member: Member<stt.STT>;
  readonly #stream: stt.SpeechStream;
  readonly #request: ReturnType<OnRequest>;
  readonly #stopListening: () => void;

  constructor(options: HearingOptions) {
    const { member, heard, timeoutMs, onEvent, onFailed, onRequest } = options;
    const { model } = member;
    this.member = member;
    this.#stream = model.stream({ connOptions: { maxRetry: 0, retryIntervalMs: 0, timeoutMs } });
    takeErrors(this.#stream, onFailed);
    // Of recognisers that take whole utterances the adapter hides the failure from its stream.
    const onModelError = (event: { error: unknown }) => onFailed(event.error);
    model.on('error', onModelError);
    this.#stopListening = () => model.off('error', onModelError);
    this.#request = onRequest('stt', member.name);
    for (const frame of heard) this.push(frame);
    this.#listen(onEvent).then(() => onFailed(new AnswerFault('cut')), onFailed);
  }

  push(frame: AudioFrame): void {
    unlessClosed(() => this.#stream.pushFrame(frame));
  }

  /** Make words of what is there. */
  flush(): void {
    unlessClosed(() => this.#stream.flush());
  }

  /** Nothing more comes. */
  endInput(): void {
    unlessClosed(() => this.#stream.endInput());
  }

  /** It has made words of what it heard. */
  answered(): void {
    this.#request.answered();
  }

  /** @param error why; none if nobody wants it any more */
  close(error?: unknown): void {
    this.#request.over(error);
    this.#stopListening();
    this.#stream.close();
  }

  async #listen(onEvent: (event: stt.SpeechEvent) => void): Promise<void> {
    for await (const event of this.#stream) onEvent(event);
  }
}

/** A stream that has ended by itself throws; its listener knows of it. */
function unlessClosed(act: () => void): void {
  try {
    act();
  } catch (error) {
    if (!(error instanceof Error && /is closed/.test(error.message))) throw error;
  }
}
