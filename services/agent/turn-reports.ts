import { voice } from '@livekit/agents';
import type { TurnReport } from '@patchbay/common/room-contract';
import type { ProviderSwitch } from './providers/chain/switches.ts';
import { TurnCollector } from './turn-collector.ts';

/** What turns can't tell by themselves. */
export interface TurnReports {
  onSwitch(change: ProviderSwitch): void;
  /** See {@link TurnCollector.onContinued}. */
  onContinued(speechId: string): (nextSpeechId: string) => void;
  /** See {@link TurnCollector.onTool}. */
  onTool(speechId: string, name: string): void;
  /** See {@link TurnCollector.onKeyed}. */
  onKeyed(speechId: string): void;
  /** See {@link TurnCollector.onHold}. */
  onHold(held: boolean): void;
}

/** Report every turn of a session once its answer has been played or broken off. */
export function reportTurns(
  session: voice.AgentSession,
  onReport: (report: TurnReport) => void,
): TurnReports {
  const collector = new TurnCollector();
  const { AgentSessionEventTypes: events } = voice;
  session.on(events.MetricsCollected, (event) => collector.onMetrics(event.metrics));
  session.on(events.AgentStateChanged, (event) => {
    if (event.newState === 'speaking') collector.onSpeaking(event.createdAt);
  });
  session.on(events.SpeechCreated, ({ speechHandle }) => {
    speechHandle.addDoneCallback(() => {
      const report = collector.onReplyDone(speechHandle.id, speechHandle.interrupted);
      if (report) onReport(report);
    });
  });
  return {
    onSwitch: (change) => collector.onSwitch(change),
    onContinued: (speechId) => collector.onContinued(speechId),
    onTool: (speechId, name) => collector.onTool(speechId, name),
    onKeyed: (speechId) => collector.onKeyed(speechId),
    onHold: (held) => collector.onHold(held),
  };
}
