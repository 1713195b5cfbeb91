import { voice } from '@livekit/agents';
import { RoomEvent } from '@livekit/rtc-node';
import type { AgentDefinition } from '../agent-definition.ts';
import {
  ConversationMemory,
  readMemory,
  readServedBy,
  rememberSession,
} from '../conversation/conversation-memory.ts';
import { Conversation } from '../conversation/conversation.ts';
import { transferCaller } from '../phone/transfer.ts';
import { buildModels, type Models } from '../providers/catalog.ts';
import { createSession } from '../session.ts';
import { reportTurns } from '../turn-reports.ts';
import type { CallContext } from './call-context.ts';
import { speakFirst } from './first-words.ts';
import { endAfter, endSilent } from './goodbye.ts';
import { watchFailures } from './provider-failure.ts';
import { startSession } from './start-session.ts';

/**
 * Have an agent converse with the caller: models, session, conversation and memory are made and put
 * together here. Returns once the greeting was handed over; what follows is events.
 */
export async function converse(call: CallContext, definition: AgentDefinition): Promise<void> {
  const { deps, room, participant, caller, end, reports, trace } = call;
  const { config, vad, tell, agents, log } = deps;

  const build = (chosen: AgentDefinition): Models =>
    buildModels({
      chain: chosen.providers,
      settings: config,
      voice: chosen,
      onSwitch: (change) => {
        log.warn(change, 'provider switched');
        trace.event('provider switched', { ...change });
        tell({ event: 'provider-switch', ...change });
        turns.onSwitch(change);
      },
      onLate: () => conversation.bridge(),
      onUnheard: () => conversation.onNotUnderstood(),
      onRequest: trace.onRequest,
    });
  const models = build(definition);
  const session = createSession({ models, vad, settings: config });
  const watchdog = watchFailures(call, session, () => conversation.current);

  const turns = reportTurns(session, (turn) => {
    const { current, models: used } = conversation;
    const report = { ...turn, agent: current.name };
    reports.turn(report);
    const providers = {
      stt: used.stt.provider,
      llm: used.llm.provider,
      tts: used.tts.provider,
    };
    tell({ event: 'turn', agent: current.name, door: caller.door, report, providers });
  });

  const said = readMemory(room.metadata);
  if (said.length > 0) log.warn('goes on with the call of an agent that was lost');
  const memory = new ConversationMemory({
    said,
    servedBy: readServedBy(room.metadata),
    save: (metadata) => deps.rooms.updateRoomMetadata(room.name ?? '', metadata),
    log,
  });
  end.hold('memory', () => memory.close());

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
    log,
    onEnd: (reply) => endAfter(call, session, reply, () => conversation.current.goodbye),
    onSilent: (goodbye) => endSilent(call, session, goodbye),
    transfer: (to) =>
      end.transfer(() =>
        transferCaller({ room, participant, door: caller.door, to, sip: deps.sip, log }),
      ),
    onHandover: (from, to) => {
      log.info({ from: from.name, to: to.name }, 'handed over');
      trace.event('handed over', { from: from.name, to: to.name });
      memory.handedOver(to.name);
      deps.about({ servedBy: to.name });
      reports.servedBy(to.name);
    },
    onContinued: (reply) => turns.onContinued(reply.id),
    onKeyed: (reply) => turns.onKeyed(reply.id),
    onTool: (name, speechId) => {
      turns.onTool(speechId, name);
      return trace.onTool(name);
    },
  });
  end.hold('conversation', () => conversation.close());
  end.onBegin(() => conversation.quiet());
  rememberSession(session, memory, (words) => conversation.keepable(words));
  session.on(voice.AgentSessionEventTypes.UserStateChanged, ({ newState }) =>
    conversation.onCallerSpeaking(newState === 'speaking'),
  );
  trace.follow(session, () => conversation.models.stt.provider);

  await startSession(call, session, conversation.firstAgent(said), (held) => {
    for (const part of [watchdog, turns, conversation]) part.onHold(held);
  });
  room.on(RoomEvent.DtmfReceived, (_code, key, from) => {
    // Of one who has left meanwhile LiveKit knows nothing any more.
    if (from?.identity === participant.identity) conversation.onKey(key);
  });
  if (await speakFirst(call, { session, definition, said })) conversation.onGreeted();
}
