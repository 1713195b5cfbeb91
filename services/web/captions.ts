/** One utterance, still growing or done. */
export interface Caption {
  id: string;
  who: 'you' | 'agent';
  text: string;
  final: boolean;
}

/** Where the words of one text stream go. */
export interface CaptionWriter {
  /** The next piece of the stream. */
  add(piece: string): void;
  /** The stream is over. */
  end(final: boolean): void;
}

/**
 * The conversation in words, from LiveKit's transcription streams. The caller's words come as one
 * stream per guess, each replacing the one before under the same segment; the agent's come as one
 * stream per segment that grows with the voice.
 */
export class Captions {
  readonly #onChange: (caption: Caption) => void;
  readonly #segments = new Map<string, { caption: Caption; newest: number }>();
  #streams = 0;

  constructor(onChange: (caption: Caption) => void) {
    this.#onChange = onChange;
  }

  /** Begin a stream; a segment without an id is its own. */
  open(segmentId: string | undefined, who: Caption['who']): CaptionWriter {
    const stream = ++this.#streams;
    const id = segmentId ?? `stream-${stream}`;
    let text = '';
    const write = (final: boolean) => {
      const segment = this.#segments.get(id);
      // A guess that arrives after a newer one, or after the final words, is old news.
      if (segment && (segment.newest > stream || (segment.caption.final && !final))) return;
      const caption = { id, who, text: text.trim(), final };
      if (caption.text === '' && !segment) return;
      this.#segments.set(id, { caption, newest: stream });
      this.#onChange(caption);
    };
    return {
      add: (piece) => {
        text += piece;
        write(false);
      },
      end: (final) => write(final),
    };
  }
}
