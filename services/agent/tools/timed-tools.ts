import { llm } from '@livekit/agents';
import { aroundTools } from './around-tools.ts';
import type { CallTool } from './call-tools.ts';

/** Longest that a tool may take; its own limits are shorter and say more. */
const LIMIT_MS = 12_000;
/** A caller who hears nothing for longer thinks that the line is dead. */
const SLOW_MS = 1_000;

export interface TimedToolsOptions {
  /** A tool is at work for longer than callers wait in silence. */
  onSlow: () => void;
  /** So many tools are at work now. */
  onBusy?: (running: number) => void;
  limitMs?: number;
  /** Of single tools, by their names. */
  limitsMs?: Readonly<Record<string, number>>;
}

/**
 * Tools that always come to an end: one that takes too long fails with words that the model can
 * say. What it has begun is not undone.
 */
export function timedTools(tools: readonly CallTool[], options: TimedToolsOptions): CallTool[] {
  const { onSlow, onBusy, limitMs = LIMIT_MS } = options;
  let running = 0;
  return aroundTools(tools, async (name, work) => {
    const late = Promise.withResolvers<never>();
    const slow = setTimeout(onSlow, SLOW_MS);
    const limit = setTimeout(
      () => late.reject(new llm.ToolError(`${name} took too long. ${TOO_LONG}`)),
      options.limitsMs?.[name] ?? limitMs,
    );
    onBusy?.(++running);
    try {
      return await Promise.race([work(), late.promise]);
    } finally {
      clearTimeout(slow);
      clearTimeout(limit);
      onBusy?.(--running);
    }
  });
}

const TOO_LONG =
  'Say that it is not known whether it was done, and offer to try again or to help otherwise.';
