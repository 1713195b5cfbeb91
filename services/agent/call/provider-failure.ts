import { voice } from '@livekit/agents';
import type { AgentDefinition } from '../agent-definition.ts';
import { watchReplies, type ReplyWatchdog } from '../conversation/reply-watchdog.ts';
import { stageFaults } from '../providers/catalog.ts';
import { faultKindOf, type ProviderFault, type Stage } from '../providers/faults.ts';
import { apologise } from './apology.ts';
import type { CallContext } from './call-context.ts';
import { untilAnswered } from './caller.ts';

/**
 * A stage can't be done by anybody any more: the log and the metrics say which providers and why,
 * the caller hears an apology as soon as they can hear, and the call ends.
 *
 * @param language of the apology, BCP 47
 */
export function endWithApology(
  { deps, room, participant, end }: CallContext,
  session: voice.AgentSession,
  { faults, language }: { faults: readonly ProviderFault[]; language: string },
): void {
  if (end.begun.aborted) return;
  for (const fault of faults) {
    const { provider, stage, kind, variable } = fault;
    deps.log.error({ provider, stage, kind, variable, err: fault }, 'provider failed');
    deps.tell({ event: 'provider-fault', provider, stage, kind });
  }
  void end.hangUp('provider-failure', async () => {
    await untilStarted(session, end.gone);
    await untilAnswered(room, participant, end.gone);
    if (!end.gone.aborted) await apologise(session, deps.apologyIn(language));
  });
}

/**
 * Notice when nobody of a stage's chain can do it: they have all failed, or they are silent.
 *
 * @param current who serves the caller when it happens
 */
export function watchFailures(
  call: CallContext,
  session: voice.AgentSession,
  current: () => AgentDefinition,
): Pick<ReplyWatchdog, 'onHold'> {
  const { config } = call.deps;
  const fail = (stage: Stage, kind: ProviderFault['kind'], cause?: unknown) => {
    const { providers, language } = current();
    const faults = stageFaults(providers, config, stage, { kind, cause });
    endWithApology(call, session, { faults, language });
  };
  session.on(voice.AgentSessionEventTypes.Error, ({ error }) => {
    const stage = stageOf(error.type);
    if (!stage || !('error' in error) || error.recoverable) return;
    // The framework would now close the session and with it the track; the apology needs both.
    error.recoverable = true;
    fail(stage, faultKindOf(error.error), error.error);
  });
  const watchdog = watchReplies(session, {
    limitMs: config.AGENT_REPLY_LIMIT_MS,
    onSilence: (stage) => fail(stage, 'silent'),
  });
  call.end.onBegin(() => watchdog.close());
  return watchdog;
}

/** A provider may fail while its session is only starting, when nothing can be said yet. */
function untilStarted(session: voice.AgentSession, gone: AbortSignal): Promise<void> {
  if (session.agentState !== 'initializing') return Promise.resolve();
  const { AgentStateChanged } = voice.AgentSessionEventTypes;
  return new Promise((resolve) => {
    const finish = () => {
      session.off(AgentStateChanged, finish);
      gone.removeEventListener('abort', finish);
      resolve();
    };
    session.on(AgentStateChanged, finish);
    gone.addEventListener('abort', finish);
  });
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
