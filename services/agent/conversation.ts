import { llm, voice } from '@livekit/agents';
import type { Logger } from '@patchbay/common/logger';
import type { AgentDefinition } from './agent-definition.ts';
import type { Said } from './conversation-memory.ts';
import { phrasesOf } from './phrases.ts';
import type { Models } from './providers/catalog.ts';
import { createAgent } from './session.ts';
import { SilenceWatch } from './silence-watch.ts';
import { Keypad } from './phone/keypad.ts';
import { SecretEntry } from './phone/secret-entry.ts';
import type { TransferOutcome } from './phone/transfer.ts';
import type { Ask, CallTool, CallToolsContext, Reply } from './tools/call-tools.ts';
import { Confirmations } from './tools/confirmations.ts';
import { timedTools } from './tools/timed-tools.ts';
import { transferTool } from './tools/transfer-call.ts';
import { tracedTools, type OnTool } from './trace/traced-tools.ts';

/** What the model is told of digits that are none of its business. */
const ENTERED = 'I have keyed in the digits.';
/** A phone may ring that long, and REFER takes its time. */
const TRANSFER_LIMIT_MS = 60_000;

export interface ConversationOptions {
  session: voice.AgentSession;
  /** Who serves the caller first. */
  definition: AgentDefinition;
  agents: ReadonlyMap<string, AgentDefinition>;
  models: Models;
  /** Of an agent that sounds or thinks otherwise than the first; called once for each. */
  buildModels: (definition: AgentDefinition) => Models;
  /** What the tools get that the conversation doesn't know. */
  tools: Pick<CallToolsContext, 'callId' | 'customerPhone' | 'bankApiUrl'>;
  /** Silence after which a caller is spoken to, for agents whose file doesn't say. */
  silenceMs: number;
  log: Logger;
  /** End the call once this reply has been spoken. */
  onEnd: (reply: Reply) => void;
  /** The caller has been silent for too long: say this and end the call. */
  onSilent: (goodbye: string) => void;
  /** Another agent serves the caller from now on. */
  onHandover: (from: AgentDefinition, to: AgentDefinition) => void;
  /** Give the caller to a human at this number. */
  transfer: (to: string) => Promise<TransferOutcome>;
  /** Another speech answers what this reply was to answer. @returns to be called with its id */
  onContinued: (reply: Reply) => (nextSpeechId: string) => void;
  /** A tool is called. */
  onTool?: OnTool;
}

/**
 * One call's conversation, whichever agent serves the caller: who that is, what its tools may do,
 * and what is said when nobody speaks.
 */
export class Conversation {
  readonly #options: ConversationOptions;
  readonly #confirmations = new Confirmations();
  readonly #models = new Map<AgentDefinition, Models>();
  readonly #secret = new SecretEntry();
  readonly #keypad = new Keypad({ onEntry: (digits) => this.#onEntry(digits) });
  readonly #silence: SilenceWatch;
  #current: AgentDefinition;
  /** The caller began to speak while the agent did. */
  #overAgent = false;
  /** The agent stopped in the middle because the caller spoke; it may go on. */
  #paused = false;
  #closed = false;

  constructor(options: ConversationOptions) {
    this.#options = options;
    this.#current = options.definition;
    this.#models.set(options.definition, options.models);
    this.#silence = this.#watchSilence();
    const { AgentSessionEventTypes: events } = voice;
    options.session.on(events.ConversationItemAdded, ({ item }) => {
      if (item.type !== 'message' || item.role !== 'user') return;
      this.#confirmations.onCaller(item.textContent ?? '');
    });
    options.session.on(events.AgentStateChanged, ({ oldState, newState }) => {
      const { userState } = options.session;
      this.#paused =
        userState === 'speaking' && oldState === 'speaking' && newState === 'listening';
    });
  }

  /** Who serves the caller now. */
  get current(): AgentDefinition {
    return this.#current;
  }

  /** Whom the present agent hears, thinks and speaks with. */
  get models(): Models {
    return this.#models.get(this.#current) ?? this.#options.models;
  }

  /** The first agent, with what was said in the call before it came. */
  firstAgent(said: readonly Said[]): voice.Agent {
    const chatCtx = llm.ChatContext.empty();
    for (const { who, text } of said) {
      chatCtx.addMessage({ role: who === 'caller' ? 'user' : 'assistant', content: text });
    }
    return createAgent(this.#current, this.#tools(this.#current), chatCtx, {
      isOverAgent: () => this.#overAgent,
    });
  }

  /** The greeting was handed over. */
  onGreeted(): void {
    this.#silence.start();
  }

  /** Voice detection hears the caller, or no longer. */
  onCallerSpeaking(speaking: boolean): void {
    const { models } = this;
    if (speaking) {
      models.filler.renew();
      this.#overAgent = this.#paused || this.#options.session.agentState === 'speaking';
    }
    models.stt.onCallerSpeaking(speaking);
    this.#silence.onCallerSpeaking(speaking);
  }

  /** The caller pressed a key: `0`–`9`, `*`, `#`. */
  onKey(key: string): void {
    this.#silence.onCaller();
    this.#keypad.press(key, this.#secret.awaited);
  }

  /** What the caller said, as it may be kept. To be asked once for each thing said. */
  keepable(words: string): string {
    return this.#secret.onSaid(words);
  }

  /** The caller is put on hold, or taken off it. */
  onHold(held: boolean): void {
    this.#silence.onHold(held);
  }

  /** Something takes longer than callers like to wait: break the silence. */
  bridge(): void {
    const { session } = this.#options;
    if (this.#closed || this.#paused || session.agentState === 'speaking') return;
    const words = this.models.filler.take();
    // It must give way: over what can't be interrupted the framework hears no turn of the caller.
    if (words !== undefined) session.say(words, { addToChatCtx: false });
  }

  /** The caller spoke, and nobody made words of it. */
  onNotUnderstood(): void {
    const { session } = this.#options;
    if (this.#closed || this.#paused || session.agentState !== 'listening') return;
    session.say(this.#current.notUnderstood ?? phrasesOf(this.#current.language).notUnderstood);
  }

  /** The call is about to end: from now on only it says something. */
  quiet(): void {
    this.#closed = true;
    this.#keypad.close();
    this.#silence.close();
  }

  close(): void {
    this.quiet();
    for (const { stt, llm: model, tts } of this.#models.values()) {
      for (const chain of [stt, model, tts]) chain.members.close();
    }
  }

  #tools(definition: AgentDefinition): CallTool[] {
    const { tools, log, onEnd, onContinued, onTool, session } = this.#options;
    const ask: Ask = (words, reply) => {
      const question = session.say(words);
      onContinued(reply)(question.id);
      return question;
    };
    const made = definition.tools({
      ...tools,
      language: definition.language,
      log,
      endCall: onEnd,
      confirmations: this.#confirmations,
      secret: this.#secret,
      ask,
      connectsTo: definition.connectsTo,
      handOver: (name, reply) => this.#handOver(name, reply),
    });
    const all = [...made, ...this.#transferTools(definition, ask)];
    return timedTools(onTool ? tracedTools(all, onTool) : all, {
      limitsMs: { transfer_call: TRANSFER_LIMIT_MS },
      onSlow: () => this.bridge(),
      onBusy: (running) => this.#silence.onTools(running),
    });
  }

  /** Keys are as good as words: the agent answers what they tell. */
  #onEntry(digits: string): void {
    if (this.#closed) return;
    const secret = this.#secret.onKeyed(digits);
    const userInput = secret ? ENTERED : digits.split('').join(' ');
    this.#options.session.generateReply({ userInput });
  }

  #transferTools({ transferTo, language }: AgentDefinition, ask: Ask): CallTool[] {
    if (!transferTo) return [];
    const { transfer } = this.#options;
    return [transferTool({ departments: transferTo, language, ask, transfer })];
  }

  /** @throws llm.ToolError if there is no such agent */
  #handOver(name: string, reply: Reply): voice.Agent {
    const { agents, session, definition: first, buildModels } = this.#options;
    const from = this.#current;
    const to = agents.get(name);
    if (!to || to === from) throw new llm.ToolError(`There is no agent ${name} to connect to.`);
    const shared = soundsLike(to, first);
    const models = this.#models.get(to) ?? (shared ? this.#options.models : buildModels(to));
    this.#models.set(to, models);
    const onNext = this.#options.onContinued(reply);
    const onEnter = () => {
      this.#current = to;
      this.#options.onHandover(from, to);
      if (to.takeover !== undefined) session.say(to.takeover);
      onNext(session.generateReply().id);
    };
    const chatCtx = finished(session.currentAgent.chatCtx);
    return createAgent(to, this.#tools(to), chatCtx, {
      ...(shared ? {} : { models }),
      isOverAgent: () => this.#overAgent,
      onEnter,
    });
  }

  #watchSilence(): SilenceWatch {
    const { session, onSilent } = this.#options;
    const words = () => {
      const { stillThere, silenceGoodbye, language } = this.#current;
      const usual = phrasesOf(language);
      return {
        stillThere: stillThere ?? usual.stillThere,
        goodbye: silenceGoodbye ?? usual.silenceGoodbye,
      };
    };
    const watch = new SilenceWatch({
      afterMs: this.#current.silenceMs ?? this.#options.silenceMs,
      prompts: words().stillThere.length,
      onPrompt: (prompt) => {
        const { stillThere } = words();
        const phrase = stillThere[Math.min(prompt, stillThere.length - 1)];
        if (phrase !== undefined) session.say(phrase);
      },
      onGone: () => onSilent(words().goodbye),
    });
    const { AgentSessionEventTypes: events } = voice;
    session.on(events.AgentStateChanged, ({ newState }) => watch.onAgentState(newState));
    session.on(events.UserInputTranscribed, ({ transcript }) => {
      if (transcript.trim() !== '') watch.onCaller();
    });
    return watch;
  }
}

/** What was said and done; a tool that is still at work is not the next agent's. */
function finished(chatCtx: Pick<llm.ChatContext, 'copy'>): llm.ChatContext {
  const copy = chatCtx.copy({ excludeInstructions: true });
  const done = new Set(
    copy.items.flatMap((item) => (item.type === 'function_call_output' ? [item.callId] : [])),
  );
  copy.items = copy.items.filter((item) => item.type !== 'function_call' || done.has(item.callId));
  return copy;
}

/** Whether two agents can use the same models: how they sound and who does the work for them. */
function soundsLike(one: AgentDefinition, other: AgentDefinition): boolean {
  const sound = ({ language, voice: id, filler, providers }: AgentDefinition) =>
    JSON.stringify([language, id, filler, providers]);
  return sound(one) === sound(other);
}
