import { llm, voice } from '@livekit/agents';
import type { Logger } from '@patchbay/common/logger';
import type { AgentDefinition } from '../agent-definition.ts';
import { Entries } from '../phone/entries.ts';
import type { TransferOutcome } from '../phone/transfer.ts';
import { phrasesFor } from '../phrases.ts';
import type { Models } from '../providers/catalog.ts';
import { createAgent } from '../session.ts';
import { ifRunning } from '../speaking.ts';
import type { Ask, CallTool, CallToolsContext, Reply } from '../tools/call-tools.ts';
import { Confirmations } from '../tools/confirmations.ts';
import type { OnTool } from '../trace/traced-tools.ts';
import { AgentModels } from './agent-models.ts';
import { toolsOf } from './agent-tools.ts';
import { chatOf, type Said } from './conversation-memory.ts';
import { Floor } from './floor.ts';
import { chatForNext } from './handover.ts';
import { Hold } from './hold.ts';
import { watchSilence, type SilenceWatch } from './silence-watch.ts';

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
  /** This reply answers what the caller keyed in. */
  onKeyed: (reply: Pick<Reply, 'id'>) => void;
  /** A tool is called. */
  onTool?: OnTool;
}

/**
 * One call's conversation, whichever agent serves the caller: who that is, what its tools may do,
 * and what it says of its own accord.
 */
export class Conversation {
  readonly #options: ConversationOptions;
  readonly #confirmations = new Confirmations();
  readonly #models: AgentModels;
  readonly #entries = new Entries((words) => this.#onEntry(words));
  readonly #floor: Floor;
  readonly #silence: SilenceWatch;
  readonly #hold: Hold;
  #current: AgentDefinition;
  #closed = false;

  constructor(options: ConversationOptions) {
    const { session, definition, models, silenceMs, buildModels, onSilent } = options;
    this.#options = options;
    this.#current = definition;
    this.#models = new AgentModels(definition, models, buildModels);
    const patienceMs = definition.silenceMs ?? silenceMs;
    this.#silence = watchSilence({
      session,
      afterMs: patienceMs,
      phrases: () => phrasesFor(this.#current),
      say: (words) => this.#say(words),
      onGone: onSilent,
    });
    session.on(voice.AgentSessionEventTypes.ConversationItemAdded, ({ item }) => {
      if (item.type !== 'message' || item.role !== 'user') return;
      this.#confirmations.onCaller(item.textContent ?? '');
    });
    this.#floor = new Floor(session);
    this.#hold = new Hold({
      session,
      floor: this.#floor,
      longMs: patienceMs,
      greetBack: () => this.#say(phrasesFor(this.#current).backFromHold),
    });
  }

  /** Who serves the caller now. */
  get current(): AgentDefinition {
    return this.#current;
  }

  /** Whom the present agent hears, thinks and speaks with. */
  get models(): Models {
    return this.#models.of(this.#current);
  }

  /** The first agent, with what was said in the call before it came. */
  firstAgent(said: readonly Said[]): voice.Agent {
    return createAgent(this.#current, this.#tools(this.#current), chatOf(said), {
      isOverAgent: () => this.#floor.isOverAgent,
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
      this.#floor.onCallerSpeaks();
    }
    models.stt.onCallerSpeaking(speaking);
    this.#silence.onCallerSpeaking(speaking);
  }

  /** The caller pressed a key: `0`–`9`, `*`, `#`. */
  onKey(key: string): void {
    this.#silence.onCaller();
    this.#entries.onKey(key);
  }

  /** What the caller said, as it may be kept. To be asked once for each thing said. */
  keepable(words: string): string {
    return this.#entries.keepable(words);
  }

  /** The caller's phone holds the call, or is back. */
  onHold(held: boolean): void {
    this.#silence.onHold(held);
    this.#hold.onHold(held);
  }

  /** Something takes longer than callers like to wait: break the silence. */
  bridge(): void {
    if (this.#closed || this.#hold.on || this.#floor.isAgents) return;
    const words = this.models.filler.take();
    // It must give way: over what can't be interrupted the framework hears no turn of the caller.
    if (words !== undefined) this.#say(words, { addToChatCtx: false });
  }

  /** The caller spoke, and nobody made words of it. */
  onNotUnderstood(): void {
    if (this.#closed || this.#hold.on || !this.#floor.isFree) return;
    this.#say(phrasesFor(this.#current).notUnderstood);
  }

  /** The call is about to end: from now on only it says something. */
  quiet(): void {
    this.#closed = true;
    this.#entries.close();
    this.#silence.close();
    this.#hold.close();
  }

  close(): void {
    this.quiet();
    this.#models.close();
  }

  #say(words: string, options?: { addToChatCtx: boolean }): void {
    ifRunning(() => this.#options.session.say(words, options));
  }

  /** Keys are as good as words: the agent answers what they tell. */
  #onEntry(userInput: string): void {
    const { session, onKeyed } = this.#options;
    ifRunning(() => onKeyed(session.generateReply({ userInput })));
  }

  #tools(definition: AgentDefinition): CallTool[] {
    const { tools, log, onEnd, onContinued, onTool, session, transfer } = this.#options;
    const ask: Ask = (words, reply) => {
      const question = session.say(words);
      onContinued(reply)(question.id);
      return question;
    };
    return toolsOf(definition, {
      context: {
        ...tools,
        log,
        endCall: onEnd,
        confirmations: this.#confirmations,
        secret: this.#entries.secret,
        ask,
        handOver: (name, reply) => this.#handOver(name, reply),
      },
      transfer,
      onTool,
      onSlow: () => this.bridge(),
      onBusy: (running) => this.#silence.onTools(running),
    });
  }

  /** @throws llm.ToolError if there is no such agent */
  #handOver(name: string, reply: Reply): voice.Agent {
    const { agents, session } = this.#options;
    const from = this.#current;
    const to = agents.get(name);
    if (!to || to === from) throw new llm.ToolError(`There is no agent ${name} to connect to.`);
    const models = this.#models.of(to);
    const onNext = this.#options.onContinued(reply);
    const onEnter = () => {
      this.#current = to;
      this.#options.onHandover(from, to);
      if (to.takeover !== undefined) session.say(to.takeover);
      onNext(session.generateReply().id);
    };
    const chatCtx = chatForNext(session.currentAgent.chatCtx);
    return createAgent(to, this.#tools(to), chatCtx, {
      ...(this.#models.isFirsts(to) ? {} : { models }),
      isOverAgent: () => this.#floor.isOverAgent,
      onEnter,
    });
  }
}
