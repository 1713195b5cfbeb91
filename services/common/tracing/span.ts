/** What is said of a span. `undefined` is left out, so that callers need not. */
export type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

export interface SpanOptions {
  /** Unix ms; now by default. */
  atMs?: number;
  /** `client`: the wait for another service's answer. Default `internal`. */
  kind?: 'internal' | 'client' | 'server';
  attributes?: Attributes;
}

export interface SpanEnd {
  /** Unix ms; now by default. */
  atMs?: number;
  /** What went wrong, in a few fixed words; never what anybody said. */
  error?: string;
}

/** One step of a call, with a beginning and an end. Nothing here throws or waits. */
export interface TraceSpan {
  /** A step within this one that begins now. Whoever begins it ends it. */
  child(name: string, options?: SpanOptions): TraceSpan;
  /** A step within this one that is over already. */
  step(name: string, fromMs: number, toMs: number, options?: Omit<SpanOptions, 'atMs'>): TraceSpan;
  set(attributes: Attributes): void;
  /** Something that happened at one moment. */
  event(name: string, attributes?: Attributes, atMs?: number): void;
  /** Ends once; later calls change nothing. */
  end(end?: SpanEnd): void;
}

/** Makes the spans of calls. See docs/decisions/0008. */
export interface Tracer {
  /** The span that a call's trace begins with. One process makes it: the door, or the agent where the door is not ours. */
  root(room: CallPlace, name: string, options?: SpanOptions): TraceSpan;
  /** A step of a call in another process than the one that makes its root. */
  within(room: CallPlace, name: string, options?: SpanOptions): TraceSpan;
  /** Send what has ended. Resolves within 2 s, whether it was sent or not; never rejects. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** A call by its id, or by the name of its room; see {@link file://./trace-id.ts}. */
export type CallPlace = { callId: string } | { room: string };

/** A span that leaves no trace. */
export const NO_SPAN: TraceSpan = {
  child: () => NO_SPAN,
  step: () => NO_SPAN,
  set: () => undefined,
  event: () => undefined,
  end: () => undefined,
};

/** What there is when no traces are wanted. */
export const NO_TRACER: Tracer = {
  root: () => NO_SPAN,
  within: () => NO_SPAN,
  flush: () => Promise.resolve(),
  close: () => Promise.resolve(),
};
