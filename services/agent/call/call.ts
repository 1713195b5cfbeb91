import type { JobContext } from '@livekit/agents';
import { RoomEvent } from '@livekit/rtc-node';
import { parseDispatchMetadata, parseRoomName } from '@patchbay/common/room-contract';
import { callFields } from '@patchbay/common/tracing/trace-id';
import type { AgentDefinition } from '../agent-definition.ts';
import { readServedBy } from '../conversation/conversation-memory.ts';
import { fatalMissingKeys } from '../providers/catalog.ts';
import { JobTrace } from '../trace/job-trace.ts';
import type { CallContext, CallDependencies } from './call-context.ts';
import { CallEnd } from './call-end.ts';
import { watchPresence } from './caller-presence.ts';
import { describeCaller, isServed, waitForCaller } from './caller.ts';
import { apologiseAnyhow, startMuteSession } from './mute-session.ts';
import { converse } from './converse.ts';
import { endWithApology } from './provider-failure.ts';
import { RoomReports } from './room-reports.ts';

/**
 * Whoever is meant to be in the room has joined it before the agent was sent for; the rest is a slow
 * network. A caller who gave up meanwhile must not keep the job, nor the room it has made anew.
 */
const CALLER_LIMIT_MS = 5_000;

/**
 * One call from the job's start to the end of its room: join the room, find the caller, see who is
 * wanted, converse. The set-up is this list of steps; whatever happens, {@link CallEnd} is the only
 * way out, and the call ends in exactly one result.
 */
export class Call {
  readonly #ctx: JobContext<CallDependencies>;
  readonly #deps: CallDependencies;
  readonly #trace: JobTrace;
  readonly #reports: RoomReports;
  readonly #end: CallEnd;
  /** How a caller who is there is told that something has gone wrong. */
  #lastWords: (() => Promise<void>) | undefined;

  constructor(ctx: JobContext<CallDependencies>, deps: CallDependencies) {
    this.#ctx = ctx;
    this.#deps = deps;
    const { log, tell, about, tracer } = deps;
    const name = ctx.job.room?.name ?? '';
    about({ jobId: ctx.job.id, ...callFields({ room: name }) });
    this.#trace = new JobTrace(tracer, name, ctx.job.id);
    this.#reports = new RoomReports(ctx.room, log);
    this.#end = new CallEnd({
      reports: this.#reports,
      deleteRoom: async () => {
        // The bridge deletes the room of a phone that has hung up. LiveKit makes a room that is deleted
        // twice at once anew, and sends an agent into it.
        if (parseRoomName(name)?.door === 'reach' && this.#end.gone.aborted) return;
        if (ctx.room.isConnected) await ctx.deleteRoom();
      },
      shutdown: (reason) => ctx.shutdown(reason),
      tell,
      onResult: (result) => this.#trace.end(result),
      log,
    });
  }

  /** Set everything up; returns once the greeting was handed over. What follows is events. */
  async start(): Promise<void> {
    const { job, acceptArguments } = this.#ctx.info;
    const { room } = this.#ctx;
    this.#deps.tell({
      event: 'started',
      room: job.room?.name ?? '',
      identity: acceptArguments.identity,
    });
    this.#ctx.addShutdownCallback(async () => {
      this.#end.onJobEnds();
      await this.#deps.tracer.flush();
    });
    room.on(RoomEvent.Disconnected, (reason) => this.#end.onRoomGone(reason));
    try {
      await this.#ctx.connect();
      if (isServed(room)) {
        this.#deps.log.info('another agent is there already');
        return this.#end.standBack();
      }
      await this.#serve();
    } catch (error) {
      await this.#end.fail(error, this.#lastWords);
    }
  }

  async #serve(): Promise<void> {
    const definition = this.#wanted();
    if (!definition) return this.#end.hangUp('unknown-agent');
    const call = await this.#findCaller(definition);
    if (!call || this.#end.begun.aborted) return;
    this.#lastWords = () => apologiseAnyhow(call, definition.language);
    const faults = fatalMissingKeys(definition.providers, this.#deps.config);
    if (faults.length === 0) return converse(call, definition);
    // No conversation is possible: say so as soon as the caller can hear.
    const session = await startMuteSession(call);
    endWithApology(call, session, { faults, language: definition.language });
  }

  /** Who is to serve the caller; undefined if there is no such agent. */
  #wanted(): AgentDefinition | undefined {
    const { agents, log } = this.#deps;
    // A lost agent may have handed the call over before.
    const servedBy = readServedBy(this.#ctx.room.metadata);
    const wanted = parseDispatchMetadata(this.#ctx.job.metadata);
    const name = servedBy !== undefined && agents.has(servedBy) ? servedBy : wanted;
    const definition = name === undefined ? undefined : agents.get(name);
    if (!definition) log.error({ agent: name, known: [...agents.keys()] }, 'unknown agent wanted');
    return definition;
  }

  /** @returns undefined if nobody is there to be served; then the call has ended */
  async #findCaller({ name: agent }: AgentDefinition): Promise<CallContext | undefined> {
    const { log, about } = this.#deps;
    const { room, job } = this.#ctx;
    this.#trace.step('wait for the caller');
    const participant = await waitForCaller(room, {
      limitMs: CALLER_LIMIT_MS,
      sid: job.room?.sid,
    });
    if (participant === 'late' || participant === 'over') {
      if (this.#end.begun.aborted) return undefined;
      log.warn({ agent, isOver: participant === 'over' }, 'nobody came');
      await this.#end.leave('no-caller');
      return undefined;
    }
    const caller = describeCaller(participant, room.name ?? '');
    about({ callId: caller.callId, agent, door: caller.door });
    // The bridge is in the room and hears for itself.
    if (caller.door !== 'reach') this.#reports.keepSummary();
    this.#trace.set({ 'patchbay.agent': agent, 'patchbay.door': caller.door });
    log.info({ callerNumber: caller.phone }, 'call started');
    const presence = watchPresence({
      room,
      identity: participant.identity,
      log,
      onLeft: () => void this.#end.onCallerLeft(),
    });
    this.#end.hold('presence', () => presence.close());
    return {
      deps: this.#deps,
      room,
      participant,
      caller,
      end: this.#end,
      reports: this.#reports,
      trace: this.#trace,
      fail: (error) => void this.#end.fail(error, this.#lastWords),
    };
  }
}
