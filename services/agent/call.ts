import { setTimeout as delay } from 'node:timers/promises';
import { voice, type JobContext, type VAD } from '@livekit/agents';
import { DisconnectReason, RoomEvent, type RemoteParticipant } from '@livekit/rtc-node';
import type { Apology } from '@patchbay/common/apology';
import type { Logger } from '@patchbay/common/logger';
import {
  AGENT_ATTRIBUTE,
  END_TOPIC,
  parseDispatchMetadata,
  SUMMARY_ATTRIBUTE,
  TURN_TOPIC,
  type EndReport,
  type TurnReport,
} from '@patchbay/common/room-contract';
import type { Tracer } from '@patchbay/common/tracing/span';
import { callFields } from '@patchbay/common/tracing/trace-id';
import type { RoomServiceClient, SipClient } from 'livekit-server-sdk';
import type { AgentDefinition } from './agent-definition.ts';
import { SummaryOfCall } from './agent-summary.ts';
import { apologise } from './apology.ts';
import { CallerAudio } from './caller-audio.ts';
import { describeCaller, isServed, untilAnswered, waitForCaller, type Caller } from './caller.ts';
import type { AgentConfig } from './config.ts';
import { Conversation } from './conversation.ts';
import { ConversationMemory, readMemory, readServedBy, type Said } from './conversation-memory.ts';
import type { JobEvent, JobResult } from './job-events.ts';
import { buildModels, fatalMissingKeys, stageFaults, type Models } from './providers/catalog.ts';
import type { ProviderSwitch } from './providers/chain/switches.ts';
import { faultKindOf, type ProviderFault, type Stage } from './providers/faults.ts';
import { watchReplies, type ReplyWatchdog } from './reply-watchdog.ts';
import { whoPickedUp } from './phone/answering-machine.ts';
import { transferCaller, type TransferOutcome } from './phone/transfer.ts';
import { phrasesOf } from './phrases.ts';
import { createMuteSession, createSession } from './session.ts';
import type { Reply } from './tools/call-tools.ts';
import { JobTrace } from './trace/job-trace.ts';
import { reportTurns, type TurnReports } from './turn-reports.ts';
import { untilSpoken } from './until-spoken.ts';

/**
 * Whoever is meant to be in the room has joined it before the agent was sent for; the rest is a slow
 * network. A caller who gave up meanwhile must not keep the job, nor the room it has made anew.
 */
const CALLER_LIMIT_MS = 5_000;
/** A door that lost its connection is back by then, or has given up. */
const CALLER_RETURN_MS = 3_000;
/** Longest an apology or a goodbye may take, the wait for an answered phone included. */
const LAST_WORDS_LIMIT_MS = 30_000;
/**
 * Between the last word and the end of the room: audio is still on its way through the jitter
 * buffers to the caller's ear, and data packets to the door.
 */
const SETTLE_MS = 500;
/** Longest that the end of a call waits for its summary. */
const SUMMARY_LIMIT_MS = 1_000;

/** Why an agent ends a call; `no-agent` is said where none came. */
type OwnCause = Exclude<EndReport['cause'], 'no-agent'>;

/** What a call needs from its process. */
export interface CallDependencies {
  config: AgentConfig;
  agents: ReadonlyMap<string, AgentDefinition>;
  vad: VAD;
  apologyIn: (language: string) => Apology;
  log: Logger;
  /** More fields for every line of the process's log. */
  about: (fields: object) => void;
  tell: (event: JobEvent) => void;
  rooms: Pick<RoomServiceClient, 'updateRoomMetadata'>;
  sip: Pick<SipClient, 'transferSipParticipant'>;
  tracer: Tracer;
}

/** One call from the job's start to the end of its room. It ends in exactly one {@link JobResult}. */
export class Call {
  readonly #ctx: JobContext<CallDependencies>;
  readonly #deps: CallDependencies;
  readonly #trace: JobTrace;
  /** For doors that are not in the room. */
  #summary: SummaryOfCall | undefined;
  /** Aborted when nobody is there to listen any more. */
  readonly #gone = new AbortController();
  #log: Logger;
  #session: voice.AgentSession | undefined;
  #hearing: CallerAudio | undefined;
  #conversation: Conversation | undefined;
  #memory: ConversationMemory | undefined;
  #watchdog: ReplyWatchdog | undefined;
  /** Set once the agent ends the call by itself; a caller who leaves then changes nothing. */
  #ending: OwnCause | undefined;
  #result: JobResult | undefined;
  /** The caller is being given to somebody else. */
  #transferring = false;

  constructor(ctx: JobContext<CallDependencies>, deps: CallDependencies) {
    this.#ctx = ctx;
    this.#deps = deps;
    const room = ctx.job.room?.name ?? '';
    deps.about({ jobId: ctx.job.id, ...callFields({ room }) });
    this.#log = deps.log;
    this.#trace = new JobTrace(deps.tracer, room, ctx.job.id);
  }

  /** Set everything up; returns once the greeting was handed over. What follows is events. */
  async start(): Promise<void> {
    const { job, acceptArguments } = this.#ctx.info;
    this.#deps.tell({
      event: 'started',
      room: job.room?.name ?? '',
      identity: acceptArguments.identity,
    });
    this.#ctx.addShutdownCallback(async () => {
      this.#close('drained');
      await this.#deps.tracer.flush();
    });
    this.#ctx.room.on(RoomEvent.Disconnected, (reason) => {
      this.#gone.abort();
      // A door deletes the room when its call is over.
      const deleted = reason === DisconnectReason.ROOM_DELETED;
      const gone = this.#transferring ? 'transferred' : 'caller-hangup';
      this.#close(this.#ending ?? (deleted ? gone : 'room-lost'));
    });
    try {
      await this.#ctx.connect();
      if (isServed(this.#ctx.room)) return this.#standBack();
      await this.#serve();
    } catch (error) {
      if (this.#result !== undefined) return;
      this.#log.error({ err: error }, 'call failed');
      this.#close('internal-error');
      await this.#deleteRoom();
      this.#ctx.shutdown('internal-error');
    }
  }

  /** A caller was thought to be alone for whom an agent was on its way. */
  #standBack(): void {
    this.#log.info('another agent is there already');
    this.#close('not-needed');
    this.#ctx.shutdown('not-needed');
  }

  async #serve(): Promise<void> {
    // A lost agent may have handed the call over before.
    const servedBy = readServedBy(this.#ctx.room.metadata);
    const wanted = parseDispatchMetadata(this.#ctx.job.metadata);
    const name = servedBy !== undefined && this.#deps.agents.has(servedBy) ? servedBy : wanted;
    const definition = name === undefined ? undefined : this.#deps.agents.get(name);
    if (!definition) {
      const known = [...this.#deps.agents.keys()];
      this.#log.error({ agent: name, known }, 'unknown agent wanted');
      return this.#hangUp('unknown-agent');
    }
    this.#trace.step('wait for the caller');
    const sid = this.#ctx.job.room?.sid;
    const participant = await waitForCaller(this.#ctx.room, { limitMs: CALLER_LIMIT_MS, sid });
    if (participant === 'late' || participant === 'over') {
      if (this.#result !== undefined) return;
      this.#log.warn({ agent: definition.name, isOver: participant === 'over' }, 'nobody came');
      return this.#leave('no-caller');
    }
    const caller = describeCaller(participant, this.#ctx.room.name ?? '');
    const { name: agent } = definition;
    this.#deps.about({ callId: caller.callId, agent, door: caller.door });
    if (caller.door !== 'reach') this.#summary = new SummaryOfCall();
    this.#trace.set({ 'patchbay.agent': agent, 'patchbay.door': caller.door });
    this.#log.info({ callerNumber: caller.phone }, 'call started');
    this.#ctx.room.on(RoomEvent.ParticipantDisconnected, (left) => {
      if (left.identity === participant.identity) void this.#onCallerAway(left);
    });
    if (!this.#ctx.room.remoteParticipants.has(participant.identity)) this.#onCallerLeft();

    const { config } = this.#deps;
    const faults = fatalMissingKeys(definition.providers, config);
    if (faults.length > 0) return this.#serveMute(participant, definition, faults);
    return this.#converse(participant, caller, definition);
  }

  async #converse(
    participant: RemoteParticipant,
    caller: Caller,
    definition: AgentDefinition,
  ): Promise<void> {
    const { config, vad, tell, agents } = this.#deps;
    const build = (chosen: AgentDefinition): Models =>
      buildModels({
        chain: chosen.providers,
        settings: config,
        voice: chosen,
        vad,
        onSwitch: (change) => this.#onSwitch(change, turns),
        onLate: () => conversation.bridge(),
        onUnheard: () => conversation.onNotUnderstood(),
        onRequest: this.#trace.onRequest,
      });
    const models = build(definition);
    const session = createSession({ models, vad, settings: config });
    const fail = (stage: Stage, kind: ProviderFault['kind'], cause?: unknown) => {
      const { providers, language } = conversation.current;
      this.#fail(stageFaults(providers, config, stage, { kind, cause }), participant, language);
    };
    session.on(voice.AgentSessionEventTypes.Error, ({ error }) => {
      const stage = stageOf(error.type);
      if (!stage || !('error' in error) || error.recoverable) return;
      // The framework would now close the session and with it the track; the apology needs both.
      error.recoverable = true;
      fail(stage, faultKindOf(error.error), error.error);
    });
    this.#watchdog = watchReplies(session, {
      limitMs: config.AGENT_REPLY_LIMIT_MS,
      onSilence: (stage) => fail(stage, 'silent'),
    });
    session.on(voice.AgentSessionEventTypes.UserStateChanged, ({ newState }) =>
      conversation.onCallerSpeaking(newState === 'speaking'),
    );
    const turns = reportTurns(session, (turn) => {
      const { current, models: used } = conversation;
      const report = { ...turn, agent: current.name };
      this.#publish(TURN_TOPIC, report);
      this.#summary?.addTurn(report);
      const providers = {
        stt: used.stt.provider,
        llm: used.llm.provider,
        tts: used.tts.provider,
      };
      tell({ event: 'turn', agent: current.name, door: caller.door, report, providers });
    });
    const conversation = new Conversation({
      session,
      definition,
      agents,
      models,
      buildModels: build,
      tools: {
        callId: caller.callId,
        customerPhone: caller.phone ?? config.BANK_DEFAULT_CUSTOMER,
        bankApiUrl: config.BANK_API_URL,
      },
      silenceMs: config.AGENT_SILENCE_MS,
      log: this.#log,
      onEnd: (reply) => this.#endAfter(reply, session, conversation),
      onSilent: (goodbye) => this.#endSilent(session, goodbye),
      transfer: (to) => this.#transfer(to, participant, caller),
      onHandover: (from, to) => this.#onHandover(from, to),
      onContinued: (reply) => turns.onContinued(reply.id),
      onTool: this.#trace.onTool,
    });
    this.#conversation = conversation;
    this.#ctx.room.on(RoomEvent.DtmfReceived, (_code, key, { identity }) => {
      if (identity === participant.identity) conversation.onKey(key);
    });
    const said = this.#remember(session, conversation);
    this.#trace.follow(session, () => conversation.models.stt.provider);
    await this.#startSession(session, participant, conversation.firstAgent(said));
    this.#trace.step('wait for the answer');
    await untilAnswered(this.#ctx.room, participant, this.#gone.signal);
    if (this.#gone.signal.aborted || this.#ending) return;
    if (caller.wasCalled && said.length === 0) {
      const person = await this.#personPickedUp(session, participant, definition);
      if (!person || this.#gone.signal.aborted || this.#ending) return;
    }
    this.#trace.step('talk');
    const { greeting, outbound, resumption, language } = definition;
    if (said.length > 0) session.say(resumption ?? phrasesOf(language).resumption);
    else session.say((caller.wasCalled ? outbound?.greeting : undefined) ?? greeting);
    conversation.onGreeted();
  }

  /** We called: hear who picked up. @returns false if no person did; then the call is being ended */
  async #personPickedUp(
    session: voice.AgentSession,
    participant: RemoteParticipant,
    { outbound }: AgentDefinition,
  ): Promise<boolean> {
    this.#trace.step('hear who picked up');
    const pickedUp = await whoPickedUp(session, participant.identity);
    this.#log.info({ pickedUp }, 'the phone was picked up');
    // What a hello or a machine's words would have been answered with.
    await session.interrupt({ force: true }).await;
    if (pickedUp === 'person') return true;
    const { voicemail } = outbound ?? {};
    const message =
      pickedUp === 'machine' && voicemail?.do === 'leave-message' ? voicemail.message : undefined;
    void this.#hangUp('answering-machine', async () => {
      if (message !== undefined) await sayToTheEnd(session, message);
    });
    return false;
  }

  /** Keep what is said for an agent that may have to go on. @returns what was said before */
  #remember(session: voice.AgentSession, conversation: Conversation): readonly Said[] {
    const { room } = this.#ctx;
    const said = readMemory(room.metadata);
    if (said.length > 0) this.#log.warn('goes on with the call of an agent that was lost');
    const memory = new ConversationMemory({
      said,
      servedBy: readServedBy(room.metadata),
      save: (metadata) => this.#deps.rooms.updateRoomMetadata(room.name ?? '', metadata),
      log: this.#log,
    });
    this.#memory = memory;
    session.on(voice.AgentSessionEventTypes.ConversationItemAdded, ({ item }) => {
      if (item.type !== 'message' || !item.textContent) return;
      if (item.role === 'user') {
        memory.add({ who: 'caller', text: conversation.keepable(item.textContent) });
      }
      if (item.role === 'assistant') memory.add({ who: 'agent', text: item.textContent });
    });
    return said;
  }

  /** Another provider does a stage from now on. */
  #onSwitch(change: ProviderSwitch, turns: TurnReports): void {
    this.#log.warn(change, 'provider switched');
    this.#trace.event('provider switched', { ...change });
    this.#deps.tell({ event: 'provider-switch', ...change });
    turns.onSwitch(change);
  }

  #onHandover(from: AgentDefinition, to: AgentDefinition): void {
    this.#log.info({ from: from.name, to: to.name }, 'handed over');
    this.#trace.event('handed over', { from: from.name, to: to.name });
    this.#memory?.handedOver(to.name);
    this.#log = this.#log.child({ servedBy: to.name });
    const participant = this.#ctx.room.localParticipant;
    participant?.setAttributes({ [AGENT_ATTRIBUTE]: to.name }).catch((error: unknown) => {
      this.#log.warn({ err: error }, 'the room could not be told who serves the caller');
    });
  }

  /** No conversation is possible: say so as soon as the caller can hear. */
  async #serveMute(
    participant: RemoteParticipant,
    { language }: AgentDefinition,
    faults: ProviderFault[],
  ): Promise<void> {
    const agent = new voice.Agent({ instructions: '' });
    await this.#startSession(createMuteSession(), participant, agent);
    this.#fail(faults, participant, language);
  }

  async #startSession(
    session: voice.AgentSession,
    participant: RemoteParticipant,
    agent: voice.Agent,
  ): Promise<void> {
    this.#session = session;
    this.#trace.step('start the session');
    this.#hearing = new CallerAudio(this.#ctx.room, participant);
    session.input.audio = this.#hearing;
    await session.start({
      agent,
      room: this.#ctx.room,
      inputOptions: {
        participantIdentity: participant.identity,
        closeOnDisconnect: false,
        // Ours, set above.
        audioEnabled: false,
      },
      record: false,
    });
  }

  /** @param language of the apology */
  #fail(faults: readonly ProviderFault[], participant: RemoteParticipant, language: string): void {
    if (this.#ending || this.#result !== undefined) return;
    for (const fault of faults) {
      const { provider, stage, kind, variable } = fault;
      this.#log.error({ provider, stage, kind, variable, err: fault }, 'provider failed');
      this.#deps.tell({ event: 'provider-fault', provider, stage, kind });
    }
    const session = this.#session;
    const { apologyIn } = this.#deps;
    void this.#hangUp('provider-failure', async () => {
      await untilAnswered(this.#ctx.room, participant, this.#gone.signal);
      if (session && !this.#gone.signal.aborted) await apologise(session, apologyIn(language));
    });
  }

  /** End the call once this reply has been spoken; it can't be interrupted any more. */
  #endAfter(reply: Reply, session: voice.AgentSession, conversation: Conversation): void {
    if (!reply.interrupted) reply.allowInterruptions = false;
    void this.#hangUp('agent-hangup', async () => {
      await untilSpoken(reply);
      const spoke = reply.chatItems.some(
        (item) => item.type === 'message' && item.role === 'assistant' && item.textContent?.trim(),
      );
      if (spoke || this.#gone.signal.aborted) return;
      await sayToTheEnd(session, conversation.current.goodbye);
    });
  }

  /** The caller does not speak any more. */
  #endSilent(session: voice.AgentSession, words: string): void {
    this.#log.info('the caller is silent');
    void this.#hangUp('agent-hangup', () => sayToTheEnd(session, words));
  }

  /** The agent ends the call: say why, let the last words be heard, delete the room. */
  async #hangUp(
    cause: OwnCause,
    lastWords: () => Promise<void> = () => Promise.resolve(),
  ): Promise<void> {
    if (this.#ending || this.#result !== undefined) return;
    this.#ending = cause;
    this.#watchdog?.close();
    this.#conversation?.quiet();
    this.#publish(END_TOPIC, { cause });
    this.#summary?.setEnd({ cause });
    const spoken = lastWords().catch((error: unknown) => {
      this.#log.error({ err: error }, 'last words could not be said');
    });
    const { signal } = this.#gone;
    await Promise.race([spoken, pause(LAST_WORDS_LIMIT_MS, signal)]);
    await pause(SETTLE_MS, signal);
    await this.#leave(cause);
  }

  /** One who has not said goodbye may have lost the connection, and comes back under the same name. */
  async #onCallerAway(left: RemoteParticipant): Promise<void> {
    if (left.disconnectReason !== DisconnectReason.CLIENT_INITIATED) {
      this.#log.info({ reason: left.disconnectReason }, 'the caller is away');
      await pause(CALLER_RETURN_MS, this.#gone.signal);
      if (this.#ctx.room.remoteParticipants.has(left.identity)) return;
    }
    this.#onCallerLeft();
  }

  /** Give the caller to a human. If nobody answers there, the call goes on. */
  async #transfer(
    to: string,
    participant: RemoteParticipant,
    { door }: Caller,
  ): Promise<TransferOutcome> {
    const { sip } = this.#deps;
    this.#transferring = true;
    const { room } = this.#ctx;
    const outcome = await transferCaller({ room, participant, door, to, sip, log: this.#log });
    this.#transferring = false;
    if (outcome.kind === 'done') void this.#hangUp('transferred');
    return outcome;
  }

  #onCallerLeft(): void {
    this.#gone.abort();
    // If the agent is hanging up, that goes on, only without waiting for anyone to hear it.
    if (this.#ending) return;
    // A line that was given away ends before the door's word of it is here.
    if (this.#transferring) this.#summary?.setEnd({ cause: 'transferred' });
    void this.#leave(this.#transferring ? 'transferred' : 'caller-hangup');
  }

  async #leave(result: JobResult): Promise<void> {
    if (this.#result !== undefined) return;
    this.#close(result);
    await this.#tellSummary();
    await this.#deleteRoom();
    this.#ctx.shutdown(result);
  }

  /** Settle the result. Only the first one counts. */
  #close(result: JobResult): void {
    if (this.#result !== undefined) return;
    this.#result = result;
    this.#watchdog?.close();
    void this.#hearing?.close();
    this.#conversation?.close();
    this.#log.info({ result }, 'call ended');
    this.#trace.end(result);
    this.#deps.tell({ event: 'ended', result });
  }

  async #deleteRoom(): Promise<void> {
    if (this.#ctx.room.isConnected) await this.#ctx.deleteRoom();
  }

  /** LiveKit tells it to the door with the event that the agent has left. */
  async #tellSummary(): Promise<void> {
    const summary = this.#summary?.json;
    const participant = this.#ctx.room.localParticipant;
    if (summary === undefined || !participant || !this.#ctx.room.isConnected) return;
    const set = participant
      .setAttributes({ [SUMMARY_ATTRIBUTE]: summary })
      .catch((error: unknown) => {
        this.#log.warn({ err: error }, 'the door could not be told of the turns');
      });
    await Promise.race([set, delay(SUMMARY_LIMIT_MS, undefined, { ref: false })]);
  }

  #publish(topic: string, body: EndReport | TurnReport): void {
    const participant = this.#ctx.room.localParticipant;
    if (!participant || !this.#ctx.room.isConnected) return;
    const data = new TextEncoder().encode(JSON.stringify(body));
    participant.publishData(data, { reliable: true, topic }).catch((error: unknown) => {
      this.#log.warn({ err: error, topic }, 'data packet could not be sent');
    });
  }
}

function stageOf(type: string): Stage | undefined {
  switch (type) {
    case 'stt_error':
      return 'stt';
    case 'llm_error':
      return 'llm';
    case 'tts_error':
      return 'tts';
    default:
      return undefined;
  }
}

/** Say something that the caller can't break off, and wait for its end. */
async function sayToTheEnd(session: voice.AgentSession, words: string): Promise<void> {
  await untilSpoken(session.say(words, { allowInterruptions: false }));
}

/** Wait, but no longer than somebody is there. */
async function pause(ms: number, gone: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal: gone }).catch(() => undefined);
}
