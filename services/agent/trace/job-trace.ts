import { voice } from '@livekit/agents';
import {
  AGENT_WORKER_NAME,
  CALL_ID_ATTRIBUTE,
  parseRoomName,
  roomNameForLogs,
} from '@patchbay/common/room-contract';
import type { Attributes, Tracer, TraceSpan } from '@patchbay/common/tracing/span';
import type { JobResult } from '../job-events.ts';
import { requestSpan, type OnRequest } from './request-log.ts';
import { SpeechSpans } from './speech-spans.ts';

/** Results that are no fault of anybody's. */
const PLAIN: readonly JobResult[] = ['caller-hangup', 'agent-hangup', 'not-needed'];

/** The agent's part of a call's trace: the steps to the greeting, then what is said. */
export class JobTrace {
  readonly #job: TraceSpan;
  readonly #speeches: SpeechSpans;
  #step: TraceSpan;

  /** @param room name of the call's room; one that isn't ours has no door that begins its trace */
  constructor(tracer: Tracer, room: string, jobId: string) {
    const { callId } = parseRoomName(room) ?? {};
    const attributes = {
      'patchbay.room': roomNameForLogs(room),
      [CALL_ID_ATTRIBUTE]: callId,
      'patchbay.jobId': jobId,
    };
    const name = `job ${AGENT_WORKER_NAME}`;
    this.#job =
      callId === undefined
        ? tracer.root({ room }, name, { attributes })
        : tracer.within({ room }, name, { attributes });
    this.#step = this.#job.child('connect');
    this.#speeches = new SpeechSpans(this.#job);
  }

  /** The step before is over, this one begins. */
  step(name: string): void {
    this.#step.end();
    this.#step = this.#job.child(name);
  }

  set(attributes: Attributes): void {
    this.#job.set(attributes);
  }

  event(name: string, attributes: Attributes = {}): void {
    this.#job.event(name, attributes);
  }

  /** For {@link OnRequest} of the providers. */
  readonly onRequest: OnRequest = (stage, provider) =>
    requestSpan(this.#speeches.parentOf(stage), stage, provider);

  /** A tool is called. @returns to be called at its end, with whether it failed */
  readonly onTool = (name: string): ((failed: boolean) => void) => {
    const span = this.#speeches.current.child(`tool ${name}`);
    return (failed) => span.end(failed ? { error: 'failed' } : {});
  };

  /** Follow what is said. @param sttProvider who hears the caller now */
  follow(session: voice.AgentSession, sttProvider: () => string): void {
    const speeches = this.#speeches;
    const { AgentSessionEventTypes: events } = voice;
    session.on(events.UserStateChanged, ({ newState, createdAt }) => {
      if (newState === 'speaking') speeches.onCallerSpeaks(createdAt);
    });
    session.on(events.SpeechCreated, ({ source, speechHandle }) => {
      if (source === 'say') speeches.onWords(speechHandle.id);
      speechHandle.addDoneCallback(() =>
        speeches.onDone(speechHandle.id, speechHandle.interrupted),
      );
    });
    session.on(events.MetricsCollected, ({ metrics }) => {
      if (metrics.type === 'eou_metrics') speeches.onTurn(metrics, sttProvider());
    });
    session.on(events.AgentStateChanged, ({ newState, createdAt }) => {
      if (newState === 'speaking') speeches.onPlays(createdAt);
    });
  }

  end(result: JobResult): void {
    this.#step.end();
    this.#speeches.close();
    this.#job.set({ 'patchbay.jobResult': result });
    this.#job.end(PLAIN.includes(result) ? {} : { error: result });
  }
}
