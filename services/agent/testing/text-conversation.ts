import { initializeLogger, llm, voice } from '@livekit/agents';
import { silentLogger } from '@patchbay/common/logger';
import { loadAgents } from '../agent-registry.ts';
import { Conversation, type ConversationOptions } from '../conversation/conversation.ts';
import type { Models } from '../providers/catalog.ts';

/** What a language model is given, and what it answers: words, or a tool to call. */
export interface Prompt {
  chatCtx: llm.ChatContext;
  tools: readonly string[];
}
export type ModelAnswer = { say: string } | { call: string; args?: Record<string, unknown> };

/** An agent of this service in a real session with a given model, in writing. */
export interface TextConversation {
  /** Say something. @returns what the agent said in this turn, in order */
  say(words: string): Promise<string[]>;
  /** Who served the caller, in order. */
  readonly servedBy: string[];
  readonly session: voice.AgentSession;
  /** What the agent said since the caller last said something. */
  readonly said: string[];
  /** Press a key of the telephone. */
  onKey(key: string): void;
  close(): Promise<void>;
}

export async function startTextConversation(options: {
  agent: string;
  model: (prompt: Prompt) => ModelAnswer;
  bankApiUrl?: string;
  callId?: string;
  /** What becomes of a caller who is to be transferred. */
  transfer?: ConversationOptions['transfer'];
}): Promise<TextConversation> {
  initializeLogger({ pretty: false, level: 'silent' });
  const agents = await loadAgents();
  const definition = agents.get(options.agent);
  if (!definition) throw new Error(`there is no agent ${options.agent}`);
  const session = new voice.AgentSession({
    llm: new GivenModel(options.model),
    vad: null,
    turnHandling: { turnDetection: null, interruption: { enabled: false } },
  });
  const servedBy = [definition.name];
  const ignored = { renew: () => undefined, take: () => undefined };
  const chain = { members: { close: () => undefined }, onCallerSpeaking: () => undefined };
  const conversation = new Conversation({
    session,
    definition,
    agents,
    models: { stt: chain, llm: chain, tts: chain, filler: ignored } as unknown as Models,
    buildModels: () => {
      throw new Error('these agents sound alike');
    },
    tools: {
      callId: options.callId ?? 'call1',
      customerPhone: '+12025550187',
      bankApiUrl: options.bankApiUrl ?? 'http://127.0.0.1:1',
    },
    silenceMs: 60_000,
    log: silentLogger(),
    onEnd: () => undefined,
    onSilent: () => undefined,
    transfer: options.transfer ?? (() => Promise.resolve({ kind: 'not-a-phone' })),
    onHandover: (_from, to) => servedBy.push(to.name),
    onContinued: () => () => undefined,
    onKeyed: () => undefined,
  } satisfies ConversationOptions);
  const said: string[] = [];
  session.on(voice.AgentSessionEventTypes.ConversationItemAdded, ({ item }) => {
    if (item.type !== 'message') return;
    if (item.role === 'assistant') said.push(item.textContent ?? '');
    else conversation.keepable(item.textContent ?? '');
  });
  await session.start({ agent: conversation.firstAgent([]) });
  return {
    session,
    servedBy,
    said,
    onKey: (key) => conversation.onKey(key),
    say: async (words) => {
      said.length = 0;
      await session.run({ userInput: words }).wait();
      return [...said];
    },
    close: async () => {
      conversation.close();
      await session.close();
    },
  };
}

class GivenModel extends llm.LLM {
  readonly answer: (prompt: Prompt) => ModelAnswer;

  constructor(answer: (prompt: Prompt) => ModelAnswer) {
    super();
    this.answer = answer;
  }

  override label(): string {
    return 'given';
  }

  override chat({ chatCtx, toolCtx, connOptions }: Parameters<llm.LLM['chat']>[0]): llm.LLMStream {
    const given = { chatCtx, toolCtx, connOptions: connOptions ?? ONCE };
    return new GivenStream(this, given as ConstructorParameters<typeof llm.LLMStream>[1]);
  }
}

const ONCE = { maxRetry: 0, retryIntervalMs: 0, timeoutMs: 5_000 };
let calls = 0;

class GivenStream extends llm.LLMStream {
  readonly #model: GivenModel;

  constructor(model: GivenModel, given: ConstructorParameters<typeof llm.LLMStream>[1]) {
    super(model, given);
    this.#model = model;
  }

  protected override run(): Promise<void> {
    const tools = Object.keys(this.toolCtx?.functionTools ?? {});
    const answer = this.#model.answer({ chatCtx: this.chatCtx, tools });
    const delta =
      'say' in answer
        ? { role: 'assistant' as const, content: answer.say }
        : {
            role: 'assistant' as const,
            toolCalls: [
              llm.FunctionCall.create({
                callId: `call_${++calls}`,
                name: answer.call,
                args: JSON.stringify(answer.args ?? {}),
              }),
            ],
          };
    this.queue.put({ id: 'given', delta });
    return Promise.resolve();
  }
}
