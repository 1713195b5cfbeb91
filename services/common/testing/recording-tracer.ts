import type {
  Attributes,
  CallPlace,
  SpanEnd,
  SpanOptions,
  Tracer,
  TraceSpan,
} from '../tracing/span.ts';

/** A tracer for tests: keeps the spans as a tree. */
export class RecordingTracer implements Tracer {
  readonly roots: RecordedSpan[] = [];
  /** Spans of another process than the root's. */
  readonly parts: RecordedSpan[] = [];

  root(place: CallPlace, name: string, options?: SpanOptions): RecordedSpan {
    const span = new RecordedSpan(name, options, place);
    this.roots.push(span);
    return span;
  }

  within(place: CallPlace, name: string, options?: SpanOptions): RecordedSpan {
    const span = new RecordedSpan(name, options, place);
    this.parts.push(span);
    return span;
  }

  flush(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    return this.flush();
  }
}

export class RecordedSpan implements TraceSpan {
  readonly name: string;
  readonly kind: string;
  readonly place: CallPlace | undefined;
  readonly fromMs: number;
  readonly attributes: Record<string, unknown> = {};
  readonly events: { name: string; attributes: Attributes }[] = [];
  readonly children: RecordedSpan[] = [];
  toMs: number | undefined;
  error: string | undefined;

  constructor(name: string, options: SpanOptions = {}, place?: CallPlace) {
    this.name = name;
    this.kind = options.kind ?? 'internal';
    this.place = place;
    this.fromMs = options.atMs ?? Date.now();
    this.set(options.attributes ?? {});
  }

  child(name: string, options?: SpanOptions): RecordedSpan {
    const span = new RecordedSpan(name, options);
    this.children.push(span);
    return span;
  }

  step(
    name: string,
    fromMs: number,
    toMs: number,
    options?: Omit<SpanOptions, 'atMs'>,
  ): RecordedSpan {
    const span = this.child(name, { ...options, atMs: fromMs });
    span.end({ atMs: toMs });
    return span;
  }

  set(attributes: Attributes): void {
    for (const [name, value] of Object.entries(attributes)) {
      if (value !== undefined) this.attributes[name] = value;
    }
  }

  event(name: string, attributes: Attributes = {}): void {
    this.events.push({ name, attributes });
  }

  end({ atMs = Date.now(), error }: SpanEnd = {}): void {
    if (this.toMs !== undefined) return;
    this.toMs = atMs;
    this.error = error;
  }

  /** The span of this name within this one, however deep. @throws Error if there is none */
  find(name: string): RecordedSpan {
    const found = this.all.find((span) => span.name === name);
    if (!found) throw new Error(`${this.name} has no ${name}, only ${this.names.join(', ')}`);
    return found;
  }

  /** This one and all within it. */
  get all(): RecordedSpan[] {
    return [this, ...this.children.flatMap((child) => child.all)];
  }

  /** Names of the spans right within this one, in order. */
  get names(): string[] {
    return this.children.map(({ name }) => name);
  }
}
