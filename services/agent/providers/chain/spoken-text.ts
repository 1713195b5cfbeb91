/** Text that pauses for so long after the end of a sentence is spoken without waiting for more. */
const PAUSE_MS = 80;
const SENTENCE = /[\p{L}\p{N}][^.!?।]*[.!?।]["')\]]*\s/u;
const ENDS_SENTENCE = /[.!?।]["')\]]*\s*$/u;

/** What is given to a provider of speech: text, "speak what you have", or the end. */
export interface TextSink {
  pushText(text: string): void;
  flush(): void;
  endInput(): void;
}

/**
 * The text of one answer as it comes from the model. Every provider that is asked gets it from where
 * it is to begin, and is told to speak when a first sentence is there.
 */
export class SpokenText {
  #text = '';
  #ended = false;
  /** A first sentence was there. */
  #speaking = false;
  #pause: NodeJS.Timeout | undefined;
  readonly #sinks = new Set<TextSink>();
  readonly #ready = Promise.withResolvers<boolean>();

  get text(): string {
    return this.#text;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Resolves when there is something to say: true, or false if the answer is empty. */
  get ready(): Promise<boolean> {
    return this.#ready.promise;
  }

  push(text: string): void {
    clearTimeout(this.#pause);
    this.#text += text;
    for (const sink of this.#sinks) sink.pushText(text);
    if (!this.#speaking && SENTENCE.test(this.#text)) return this.#flush();
    if (ENDS_SENTENCE.test(this.#text)) this.#pause = setTimeout(() => this.#flush(), PAUSE_MS);
  }

  end(): void {
    clearTimeout(this.#pause);
    if (this.#ended) return;
    this.#ended = true;
    for (const sink of this.#sinks) sink.endInput();
    this.#ready.resolve(hasWords(this.#text));
  }

  /** Give a provider the text from `from` on, and what follows. @returns takes it off again */
  feed(sink: TextSink, from: string): () => void {
    if (from !== '') sink.pushText(from);
    if (this.#ended) sink.endInput();
    else {
      if (this.#speaking) sink.flush();
      this.#sinks.add(sink);
    }
    return () => void this.#sinks.delete(sink);
  }

  #flush(): void {
    this.#speaking = true;
    for (const sink of this.#sinks) sink.flush();
    this.#ready.resolve(true);
  }
}

/** Whether a text has anything that can be spoken. */
export function hasWords(text: string): boolean {
  return /[\p{L}\p{N}]/u.test(text);
}
