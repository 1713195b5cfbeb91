import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { firstAnswer, type Attempt } from './first-answer.ts';
import { switchReasonOf } from './switches.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const refused = (statusCode: number) => Object.assign(new Error('refused'), { statusCode });

/** What a provider does: after so many ms it answers, fails, or ends without an answer; or never. */
type Behaviour = { afterMs: number; does: 'answer' | 'end' | Error } | 'hang';

function race(behaviours: readonly Behaviour[], limitMs = 8_000) {
  const asked: { name: string; atMs: number }[] = [];
  const closed: string[] = [];
  const failed: [string, string][] = [];
  const startedMs = Date.now();
  const gone = new AbortController();
  const answer = firstAnswer<Behaviour, string>({
    members: behaviours.map((model, index) => ({ name: `p${index}`, model, timeoutMs: 1_000 })),
    start: ({ name, model }): Attempt<string> => {
      asked.push({ name, atMs: Date.now() - startedMs });
      return {
        next: () =>
          new Promise((resolve, reject) => {
            if (model === 'hang') return;
            setTimeout(() => {
              if (model.does instanceof Error) reject(model.does);
              else if (model.does === 'end') resolve({ done: true, value: undefined });
              else resolve({ done: false, value: `hello from ${name}` });
            }, model.afterMs);
          }),
        close: () => void closed.push(name),
      };
    },
    limitMs,
    signal: gone.signal,
    onFailed: ({ name }, error) => failed.push([name, switchReasonOf(error)]),
  });
  let winner: string | undefined;
  let atMs: number | undefined;
  void answer.then((won) => {
    winner = won?.first;
    atMs = Date.now() - startedMs;
  });
  return {
    asked,
    closed,
    failed,
    gone,
    after: async (ms: number) => {
      await vi.advanceTimersByTimeAsync(ms);
      return { winner, atMs };
    },
  };
}

describe('the first answer', () => {
  it('is the first provider’s, and no other is asked', async () => {
    const { after, asked, failed } = race([{ afterMs: 300, does: 'answer' }, 'hang']);
    expect(await after(5_000)).toEqual({ winner: 'hello from p0', atMs: 300 });
    expect(asked).toHaveLength(1);
    expect(failed).toEqual([]);
  });

  it.each([
    ['refuses its key', refused(401), 'key-refused'],
    ['refuses its key as forbidden', refused(403), 'key-refused'],
    ['has no room', refused(429), 'rate-limited'],
    ['fails', refused(500), 'failed'],
    ['talks nonsense', new SyntaxError('Unexpected token'), 'garbage'],
    ['ends without a word', 'end' as const, 'garbage'],
  ])('is the next one’s at once when the first %s', async (_, does, reason) => {
    const { after, failed } = race([
      { afterMs: 50, does },
      { afterMs: 200, does: 'answer' },
    ]);
    expect(await after(5_000)).toEqual({ winner: 'hello from p1', atMs: 250 });
    expect(failed).toEqual([['p0', reason]]);
  });

  it('is the next one’s when the first is silent, which is then given up', async () => {
    const { after, failed, closed } = race(['hang', { afterMs: 200, does: 'answer' }]);
    expect(await after(5_000)).toEqual({ winner: 'hello from p1', atMs: 1_200 });
    expect(failed).toEqual([['p0', 'timeout']]);
    expect(closed).toEqual(['p0']);
  });

  it('is still the first one’s when that is slow but quicker than the next', async () => {
    const { after, failed, closed } = race([{ afterMs: 1_100, does: 'answer' }, 'hang']);
    expect(await after(5_000)).toEqual({ winner: 'hello from p0', atMs: 1_100 });
    expect(failed).toEqual([]);
    expect(closed).toEqual(['p1']);
  });

  it('is nobody’s when all fail, or none answers within the limit', async () => {
    const all = race([
      { afterMs: 10, does: refused(500) },
      { afterMs: 10, does: refused(401) },
    ]);
    expect(await all.after(100)).toEqual({ winner: undefined, atMs: 20 });
    const silent = race(['hang', 'hang'], 3_000);
    expect(await silent.after(10_000)).toEqual({ winner: undefined, atMs: 5_000 });
    expect(silent.failed).toEqual([
      ['p0', 'timeout'],
      ['p1', 'timeout'],
    ]);
  });

  it('is wanted by nobody when the caller has gone, and nobody has failed', async () => {
    const { after, gone, closed, failed } = race(['hang', 'hang']);
    await after(1_500);
    gone.abort();
    expect(await after(0)).toMatchObject({ winner: undefined, atMs: 1_500 });
    expect([closed, failed]).toEqual([['p0', 'p1'], []]);
  });
});
