import { llm } from '@livekit/agents';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CallTool } from './call-tools.ts';
import { timedTools } from './timed-tools.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function start(work: () => Promise<unknown>) {
  const onSlow = vi.fn();
  const busy: number[] = [];
  const tool = llm.tool({ name: 'work', description: 'Works.', execute: work });
  const [timed] = timedTools([tool], { onSlow, onBusy: (n) => busy.push(n), limitMs: 5_000 });
  return { result: run(timed), onSlow, busy };
}

function run(tool: CallTool | undefined): Promise<unknown> {
  if (!tool || !('execute' in tool)) throw new Error('no tool');
  return tool.execute({}, { ctx: { speechHandle: { id: 'speech_1' } } } as never);
}

const after = (ms: number) => () => new Promise((resolve) => setTimeout(() => resolve('done'), ms));

describe('a tool', () => {
  it('that is quick gives its result, and the caller hears no filler', async () => {
    const { result, onSlow, busy } = start(after(900));
    await vi.advanceTimersByTimeAsync(6_000);
    expect(await result).toBe('done');
    expect(onSlow).not.toHaveBeenCalled();
    expect(busy).toEqual([1, 0]);
  });

  it('that takes a while has the caller told once', async () => {
    const { result, onSlow } = start(after(3_000));
    await vi.advanceTimersByTimeAsync(6_000);
    expect(await result).toBe('done');
    expect(onSlow).toHaveBeenCalledTimes(1);
  });

  it('that never ends fails with words to say', async () => {
    const { result, busy } = start(() => new Promise(() => undefined));
    const failed = expect(result).rejects.toThrow(/work took too long.*not known whether/s);
    await vi.advanceTimersByTimeAsync(5_000);
    await failed;
    expect(busy).toEqual([1, 0]);
  });

  it('that fails gives its own failure and is not at work any more', async () => {
    const { result, busy, onSlow } = start(() => Promise.reject(new llm.ToolError('no luck')));
    await expect(result).rejects.toThrow('no luck');
    await vi.advanceTimersByTimeAsync(6_000);
    expect(busy).toEqual([1, 0]);
    expect(onSlow).not.toHaveBeenCalled();
  });
});
