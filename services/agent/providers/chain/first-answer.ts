import { AnswerFault } from './switches.ts';
import type { Member } from './members.ts';

/** A request on its way to a provider. */
export interface Attempt<Item> {
  /** The next piece of the answer; rejects if the answer failed. */
  next(): Promise<IteratorResult<Item, undefined>>;
  /** Nobody wants the answer any more. */
  close(): void;
}

export interface Winner<Model, Item> {
  member: Member<Model>;
  first: Item;
  rest: Attempt<Item>;
}

export interface FirstAnswerOptions<Model, Item> {
  members: readonly Member<Model>[];
  start: (member: Member<Model>) => Attempt<Item>;
  /** Longest wait after the last provider was asked. */
  limitMs: number;
  signal: AbortSignal;
  onFailed: (member: Member<Model>, error: unknown) => void;
}

/**
 * Ask the providers in turn: the next one when one fails, or as well when one is slow. The first that
 * answers is taken, the others are given up; who was slower than its own limit has failed.
 *
 * @returns undefined if all have failed, or the signal was given
 */
export function firstAnswer<Model, Item>(
  options: FirstAnswerOptions<Model, Item>,
): Promise<Winner<Model, Item> | undefined> {
  const { members, start, limitMs, signal, onFailed } = options;
  const { promise, resolve } = Promise.withResolvers<Winner<Model, Item> | undefined>();
  const pending = new Map<Attempt<Item>, Member<Model>>();
  const slow = new Set<Attempt<Item>>();
  let asked = 0;
  let timer: NodeJS.Timeout | undefined;
  let settled = false;

  const settle = (winner: Winner<Model, Item> | undefined): void => {
    if (settled) return;
    settled = true;
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
    for (const [attempt, member] of pending) {
      if (attempt === winner?.rest) continue;
      if (slow.has(attempt)) onFailed(member, new AnswerFault('timeout'));
      attempt.close();
    }
    resolve(winner);
  };
  const onAbort = () => {
    slow.clear();
    settle(undefined);
  };

  const askNext = (): void => {
    clearTimeout(timer);
    const member = members[asked++];
    if (!member) {
      if (pending.size === 0) return settle(undefined);
      timer = setTimeout(() => {
        for (const attempt of pending.keys()) slow.add(attempt);
        settle(undefined);
      }, limitMs);
      return;
    }
    const attempt = start(member);
    pending.set(attempt, member);
    timer = setTimeout(() => {
      slow.add(attempt);
      askNext();
    }, member.timeoutMs);
    attempt.next().then(
      (first) => {
        if (settled) return;
        if (!first.done) return settle({ member, first: first.value, rest: attempt });
        drop(attempt, member, new AnswerFault('garbage'));
      },
      (error: unknown) => drop(attempt, member, error),
    );
  };

  const drop = (attempt: Attempt<Item>, member: Member<Model>, error: unknown): void => {
    if (settled || !pending.delete(attempt)) return;
    attempt.close();
    onFailed(member, error);
    // If it was slow, the next one has been asked already.
    if (!slow.has(attempt) || (pending.size === 0 && asked >= members.length)) askNext();
  };

  if (signal.aborted) settle(undefined);
  else {
    signal.addEventListener('abort', onAbort);
    askNext();
  }
  return promise;
}
