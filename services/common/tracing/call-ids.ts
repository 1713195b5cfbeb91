import { RandomIdGenerator, type IdGenerator } from '@opentelemetry/sdk-trace-base';

/** Random ids, but for a root span, which gets those that follow from its call. */
export class CallIds implements IdGenerator {
  readonly #random = new RandomIdGenerator();
  #given: { traceId: string; spanId: string } | undefined;

  /** Start a root span; starting one is synchronous, so nobody else can take these ids. */
  next<Started>(traceId: string, spanId: string, start: () => Started): Started {
    this.#given = { traceId, spanId };
    try {
      return start();
    } finally {
      this.#given = undefined;
    }
  }

  generateTraceId = (): string => this.#given?.traceId ?? this.#random.generateTraceId();

  generateSpanId = (): string => this.#given?.spanId ?? this.#random.generateSpanId();
}
