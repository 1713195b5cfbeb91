import { randomUUID } from 'node:crypto';
import { APIConnectionError, llm } from '@livekit/agents';
import { Continuation } from './continuation.ts';
import type { Filler } from './filler.ts';
import { firstAnswer, type Attempt } from './first-answer.ts';
import { Members, type Member } from './members.ts';
import { takeErrors } from './own-errors.ts';
import { AnswerFault, type ProviderSwitch } from './switches.ts';
import { logged, type OnRequest } from '../../trace/request-log.ts';

/** Without a word for so long, the caller hears the filler. */
const FILLER_AFTER_MS = 800;
/** Longest wait once every model was asked. */
const LIMIT_MS = 8_000;
/** A stream that stops for so long in the middle is broken. */
const STALL_MS = 2_500;

export interface LlmChainOptions {
  members: readonly Member<llm.LLM>[];
  filler: Filler;
  onSwitch: (change: ProviderSwitch) => void;
  onRequest: OnRequest;
}

type ChatOptions = Parameters<llm.LLM['chat']>[0];

/**
 * Language models of which the first that answers is taken. Within one answer: a slow or failed model
 * is replaced, a broken answer is gone on with by the next model, without a word said twice. The
 * framework's adapter has neither: it waits for each in turn, and repeats or gives up.
 */
export class LlmChain extends llm.LLM {
  readonly members: Members<llm.LLM>;
  readonly filler: Filler;
  readonly onRequest: OnRequest;

  constructor(options: LlmChainOptions) {
    super();
    this.onRequest = options.onRequest;
    this.filler = options.filler;
    this.members = new Members({ ...options, stage: 'llm', probe });
  }

  override label(): string {
    return 'LlmChain';
  }

  override get model(): string {
    return this.members.current.model.model;
  }

  override get provider(): string {
    return this.members.current.name;
  }

  override chat(options: ChatOptions): llm.LLMStream {
    return new LlmChainStream(this, options);
  }

  override prewarm(): void {
    for (const { model } of this.members.all) model.prewarm();
  }

  override async aclose(): Promise<void> {
    this.members.close();
    await Promise.all(this.members.all.map(({ model }) => model.aclose()));
    await super.aclose();
  }
}

/** The shortest question there is. */
async function probe(model: llm.LLM): Promise<void> {
  const chatCtx = llm.ChatContext.empty();
  chatCtx.addMessage({ role: 'user', content: 'Say OK.' });
  const attempt = ask(model, { chatCtx });
  try {
    if ((await attempt.next()).done) throw new AnswerFault('garbage');
  } finally {
    attempt.close();
  }
}

class LlmChainStream extends llm.LLMStream {
  readonly #chain: LlmChain;
  readonly #options: ChatOptions;

  constructor(chain: LlmChain, options: ChatOptions) {
    super(chain, {
      chatCtx: options.chatCtx,
      ...(options.toolCtx ? { toolCtx: options.toolCtx } : {}),
      // Whatever is tried again is tried here.
      connOptions: { maxRetry: 0, retryIntervalMs: 0, timeoutMs: LIMIT_MS },
    });
    this.#chain = chain;
    this.#options = options;
  }

  protected async run(): Promise<void> {
    const { members, filler } = this.#chain;
    const { signal } = this.abortController;
    const bridge = setTimeout(() => this.#say(filler.take()), FILLER_AFTER_MS);
    try {
      await this.#answer(members, signal, () => clearTimeout(bridge));
    } finally {
      clearTimeout(bridge);
    }
  }

  async #answer(
    members: Members<llm.LLM>,
    signal: AbortSignal,
    onFirst: () => void,
  ): Promise<void> {
    let said = '';
    let candidates = twice(members.order);
    let lastError: unknown;
    for (;;) {
      const chat = said === '' ? this.#options : goingOn(this.#options, said);
      const winner = await firstAnswer({
        members: candidates,
        start: (member) =>
          logged(ask(member.model, chat), this.#chain.onRequest('llm', member.name)),
        limitMs: LIMIT_MS,
        signal,
        onFailed: (member, error) => {
          lastError = error;
          members.failed(member, error);
        },
      });
      if (signal.aborted) return winner?.rest.close();
      if (!winner) throw failure(lastError);
      onFirst();
      members.answered(winner.member);
      const rest = new Continuation(said);
      let calledTools = false;
      try {
        for (
          let chunk: llm.ChatChunk | undefined = winner.first;
          chunk;
          chunk = await within(STALL_MS, winner.rest)
        ) {
          if (signal.aborted) return;
          calledTools ||= (chunk.delta?.toolCalls?.length ?? 0) > 0;
          said += this.#forward(chunk, rest);
        }
        return;
      } catch (error) {
        if (signal.aborted) return;
        lastError = error instanceof AnswerFault ? error : new AnswerFault('cut');
        members.failed(winner.member, lastError);
        // What is to be done is known; asking again would do it twice.
        if (calledTools) return;
        candidates = twice(members.order.filter((member) => member !== winner.member));
        if (candidates.length === 0) candidates = [winner.member];
      } finally {
        winner.rest.close();
      }
    }
  }

  /** @returns the words that were passed on */
  #forward(chunk: llm.ChatChunk, rest: Continuation): string {
    const content = chunk.delta?.content ? rest.push(chunk.delta.content) : '';
    const hasMore = (chunk.delta?.toolCalls?.length ?? 0) > 0 || chunk.usage !== undefined;
    if (content === '' && !hasMore) return '';
    this.queue.put(chunk.delta ? { ...chunk, delta: { ...chunk.delta, content } } : chunk);
    return content;
  }

  #say(words: string | undefined): void {
    if (words === undefined || this.queue.closed) return;
    const delta = { role: 'assistant' as const, content: `${words} ` };
    this.queue.put({ id: randomUUID(), delta });
  }
}

/** A lone provider is asked a second time: most faults are short. */
function twice<Item>(items: readonly Item[]): Item[] {
  return items.length === 1 ? [...items, ...items] : [...items];
}

/** Ask one model; pieces that say nothing are left out. */
function ask(model: llm.LLM, options: ChatOptions): Attempt<llm.ChatChunk> {
  const stream = model.chat({
    ...options,
    connOptions: { maxRetry: 0, retryIntervalMs: 0, timeoutMs: LIMIT_MS },
  });
  let failed: Error | undefined;
  takeErrors(stream, (error) => (failed = error));
  let answered = false;
  return {
    next: async () => {
      for (;;) {
        const result = await stream.next();
        if (failed) throw failed;
        if (result.done) return { done: true, value: undefined };
        answered ||= says(result.value);
        if (answered) return result;
      }
    },
    close: () => stream.close(),
  };
}

function says({ delta }: llm.ChatChunk): boolean {
  return Boolean(delta?.content) || (delta?.toolCalls?.length ?? 0) > 0;
}

/** The next piece, or undefined at the end; rejects if there is none for so long. */
async function within(
  limitMs: number,
  answer: Attempt<llm.ChatChunk>,
): Promise<llm.ChatChunk | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const stalled = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new AnswerFault('cut')), limitMs);
  });
  try {
    return (await Promise.race([answer.next(), stalled])).value;
  } finally {
    clearTimeout(timer);
  }
}

/** The same question, with the part of the answer that was given. */
function goingOn(options: ChatOptions, said: string): ChatOptions {
  const chatCtx = options.chatCtx.copy();
  chatCtx.addMessage({ role: 'assistant', content: said });
  chatCtx.addMessage({
    role: 'system',
    content:
      'Your last message was broken off. Go on exactly where it stops, without repeating a word of it.',
  });
  return { ...options, chatCtx };
}

/** What the session is told when nobody answered; keeps the status, which says what to look at. */
function failure(cause: unknown): Error {
  const error = new APIConnectionError({
    message: 'no language model answered',
    options: { retryable: false },
  });
  return Object.assign(error, { cause });
}
