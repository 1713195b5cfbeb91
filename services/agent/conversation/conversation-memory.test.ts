import { describe, expect, it } from 'vitest';
import { silentLogger } from '@patchbay/common/logger';
import { ConversationMemory, readMemory, readServedBy, type Said } from './conversation-memory.ts';

const question: Said = { who: 'caller', text: 'What is my balance?' };
const answer: Said = { who: 'agent', text: 'It is ten dollars.' };

function remember(options: { said?: Said[]; fail?: () => boolean } = {}) {
  const saved: string[] = [];
  const waiting: (() => void)[] = [];
  const memory = new ConversationMemory({
    said: options.said ?? [],
    log: silentLogger(),
    save: (metadata) =>
      new Promise<void>((resolve, reject) => {
        saved.push(metadata);
        waiting.push(options.fail?.() ? () => reject(new Error('away')) : resolve);
      }),
  });
  const answerOne = async () => {
    waiting.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { memory, saved, answerOne };
}

describe('a conversation', () => {
  it('is read by the next agent as it was said', () => {
    const { memory, saved } = remember({ said: [question] });
    memory.add(answer);
    expect(readMemory(saved[0])).toEqual([question, answer]);
  });

  it('that was handed over goes on with whom it was handed to', () => {
    const { memory, saved } = remember({ said: [question] });
    memory.handedOver('bank');
    expect(readServedBy(saved[0])).toBe('bank');
    expect(readMemory(saved[0])).toEqual([question]);
    expect(readServedBy('{"conversation":[]}')).toBeUndefined();
    expect(readServedBy('not ours')).toBeUndefined();
  });

  it('is not saved into a room that is gone', () => {
    const { memory, saved } = remember();
    memory.add(question);
    memory.close();
    memory.add(answer);
    expect(saved.map((metadata) => readMemory(metadata))).toEqual([[question]]);
  });

  it('is saved once at a time, the last state last', async () => {
    const { memory, saved, answerOne } = remember();
    memory.add(question);
    memory.add(answer);
    memory.add(question);
    expect(saved).toHaveLength(1);
    await answerOne();
    expect(saved).toHaveLength(2);
    expect(readMemory(saved[1])).toEqual([question, answer, question]);
    await answerOne();
    expect(saved).toHaveLength(2);
  });

  it('that could not be saved is saved with the next words', async () => {
    const { memory, saved, answerOne } = remember({ fail: () => true });
    memory.add(question);
    await answerOne();
    memory.add(answer);
    expect(readMemory(saved[1])).toEqual([question, answer]);
  });

  it('too long for a room forgets its oldest words', () => {
    const { memory, saved } = remember({
      said: Array.from({ length: 100 }, (_, n): Said => ({
        who: 'caller',
        text: `${n} ${'x'.repeat(200)}`,
      })),
    });
    memory.add(answer);
    const kept = readMemory(saved[0]);
    expect(Buffer.byteLength(saved[0] ?? '')).toBeLessThanOrEqual(8_192);
    expect(kept.length).toBeGreaterThan(30);
    expect(kept.at(-1)).toEqual(answer);
  });
});

describe("a room's metadata", () => {
  it.each([undefined, '', 'hello', '{}', '{"conversation":[{"who":"dog","text":"woof"}]}'])(
    'of %j holds no conversation',
    (metadata) => {
      expect(readMemory(metadata)).toEqual([]);
    },
  );
});
