import { RecordedSpan } from '@patchbay/common/testing/recording-tracer';
import { llm } from '@livekit/agents';
import { expect, it } from 'vitest';
import type { Attempt } from '../providers/chain/first-answer.ts';
import { AnswerFault } from '../providers/chain/switches.ts';
import { logged, requestSpan } from './request-log.ts';
import { tracedTools } from './traced-tools.ts';

function attempt(pieces: readonly (string | Error)[]): Attempt<string> {
  const left = [...pieces];
  return {
    next: () => {
      const piece = left.shift();
      if (piece instanceof Error) return Promise.reject(piece);
      return Promise.resolve(
        piece === undefined ? { done: true, value: undefined } : { done: false, value: piece },
      );
    },
    close: () => undefined,
  };
}

async function requested(pieces: readonly (string | Error)[]): Promise<RecordedSpan> {
  const turn = new RecordedSpan('turn 1');
  const watched = logged(attempt(pieces), requestSpan(turn, 'llm', 'openai'));
  try {
    while (!(await watched.next()).done);
  } catch {
    // The chain asks the next one.
  }
  watched.close();
  return turn.find('llm openai');
}

it('a request to a provider is a client span with its first answer’s time', async () => {
  const span = await requested(['my', 'secret']);
  expect(span.kind).toBe('client');
  expect(span.toMs).toBeDefined();
  expect(span.error).toBeUndefined();
  expect(span.attributes).toMatchObject({
    'patchbay.stage': 'llm',
    'patchbay.provider': 'openai',
    'patchbay.firstMs': expect.any(Number) as number,
  });
  expect(JSON.stringify(span)).not.toContain('secret');
});

it.each([
  [new AnswerFault('cut'), 'cut'],
  [Object.assign(new Error('the key sk-123 is wrong'), { statusCode: 401 }), 'key-refused'],
])('one that fails says why in a fixed word', async (error, word) => {
  const span = await requested(['my', error]);
  expect(span.error).toBe(word);
  expect(JSON.stringify(span)).not.toContain('sk-123');
});

it('one that nobody waits for any more has not failed', () => {
  const turn = new RecordedSpan('turn 1');
  logged(attempt(['a']), requestSpan(turn, 'tts', 'cartesia')).close();
  const span = turn.find('tts cartesia');
  expect(span.toMs).toBeDefined();
  expect(span.error).toBeUndefined();
  expect(span.attributes).not.toHaveProperty('patchbay.firstMs');
});

it('tools are told of as they run, without what they are given and give back', async () => {
  const told: string[] = [];
  const [works, fails] = tracedTools(
    [
      llm.tool({ name: 'works', description: '', execute: () => Promise.resolve('1,234 dollars') }),
      llm.tool({ name: 'fails', description: '', execute: () => Promise.reject(new Error('no')) }),
    ],
    (name, speechId) => {
      told.push(`${speechId}: ${name} begins`);
      return (failed) => void told.push(`${name} ${failed ? 'failed' : 'is done'}`);
    },
  );
  const context = { ctx: { speechHandle: { id: 'speech_1' } } } as never;
  const run = (tool: typeof works) =>
    tool && 'execute' in tool ? tool.execute({}, context) : undefined;
  expect(await run(works)).toBe('1,234 dollars');
  await expect(run(fails)).rejects.toThrow('no');
  expect(told).toEqual([
    'speech_1: works begins',
    'works is done',
    'speech_1: fails begins',
    'fails failed',
  ]);
});
