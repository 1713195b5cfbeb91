import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { FaultBoard, suffer } from './faults.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});
const forever = new AbortController().signal;

test('a fault for two requests hits two and no third', () => {
  const board = new FaultBoard();
  board.set({ provider: 'openai', status: 500, times: 2 });
  expect([1, 2, 3].map(() => board.take('openai')?.status)).toEqual([500, 500, undefined]);
});

test('a fault without a number stays until it is cleared, and hits only its provider', () => {
  const board = new FaultBoard();
  board.set({ provider: 'cartesia', hang: true });
  board.take('cartesia');
  expect(board.take('cartesia')?.hang).toBe(true);
  expect(board.take('deepgram')).toBeUndefined();
  board.clear('cartesia');
  expect(board.take('cartesia')).toBeUndefined();
});

test('a connection is refused only by a fault with a status, and only that is used up', () => {
  const board = new FaultBoard();
  board.set({ provider: 'deepgram', delayMs: 100, times: 1 });
  expect(board.takeRefusal('deepgram')).toBeUndefined();
  expect(board.take('deepgram')?.delayMs).toBe(100);
  board.set({ provider: 'deepgram', status: 503, times: 1 });
  expect(board.takeRefusal('deepgram')).toBe(503);
  expect(board.list()).toEqual([]);
});

test('a hang is never answered, no fault at once', async () => {
  const board = new FaultBoard();
  expect(await suffer(board.set({ provider: 'openai', hang: true }), forever)).toBe(false);
  expect(await suffer(undefined, forever)).toBe(true);
});

test('a client that leaves during the delay gets no answer', async () => {
  const client = new AbortController();
  const fault = new FaultBoard().set({ provider: 'openai', delayMs: 60_000 });
  const waiting = suffer(fault, client.signal);
  client.abort();
  expect(await waiting).toBe(false);
});
