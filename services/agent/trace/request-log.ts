import type { TraceSpan } from '@patchbay/common/tracing/span';
import type { Attempt } from '../providers/chain/first-answer.ts';
import { switchReasonOf } from '../providers/chain/switches.ts';
import type { Stage } from '../providers/faults.ts';

/** One request to a provider, as it goes. */
export interface RequestLog {
  /** The first piece of its answer is there. */
  answered(): void;
  /** @param error why it failed; none if it came to its end or nobody wants it any more */
  over(error?: unknown): void;
}

/** Told of each request to a provider as it is made. */
export type OnRequest = (stage: Stage, provider: string) => RequestLog;

const NO_LOG: RequestLog = { answered: () => undefined, over: () => undefined };

/** When nobody wants to know. */
export const ignoreRequests: OnRequest = () => NO_LOG;

/** A request as a client span; what was asked and answered stays out of it. */
export function requestSpan(parent: TraceSpan, stage: Stage, provider: string): RequestLog {
  const startMs = Date.now();
  const span = parent.child(`${stage} ${provider}`, {
    kind: 'client',
    atMs: startMs,
    attributes: { 'patchbay.stage': stage, 'patchbay.provider': provider },
  });
  let first = false;
  return {
    answered: () => {
      if (first) return;
      first = true;
      span.set({ 'patchbay.firstMs': Date.now() - startMs });
    },
    over: (error) => span.end(error === undefined ? {} : { error: switchReasonOf(error) }),
  };
}

/** The same request, told of to the log. */
export function logged<Item>(attempt: Attempt<Item>, log: RequestLog): Attempt<Item> {
  return {
    next: async () => {
      try {
        const result = await attempt.next();
        if (result.done) log.over();
        else log.answered();
        return result;
      } catch (error) {
        log.over(error);
        throw error;
      }
    },
    close: () => {
      log.over();
      attempt.close();
    },
  };
}
