import type { VAD, voice } from '@livekit/agents';
import type { RemoteParticipant, Room } from '@livekit/rtc-node';
import type { Apology } from '@patchbay/common/apology';
import type { Logger } from '@patchbay/common/logger';
import type { Tracer } from '@patchbay/common/tracing/span';
import type { RoomServiceClient, SipClient } from 'livekit-server-sdk';
import type { AgentDefinition } from '../agent-definition.ts';
import type { AgentConfig } from '../config.ts';
import type { JobEvent } from '../job-events.ts';
import type { JobTrace } from '../trace/job-trace.ts';
import type { CallEnd } from './call-end.ts';
import type { Caller } from './caller.ts';
import type { RoomReports } from './room-reports.ts';

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

/** A call whose caller is there: what its parts work with. */
export interface CallContext {
  deps: CallDependencies;
  room: Room;
  /** The caller in the room. */
  participant: RemoteParticipant;
  caller: Caller;
  end: CallEnd;
  reports: RoomReports;
  trace: JobTrace;
  /** Something that nobody has foreseen makes the call impossible: apologise and end it. */
  fail: (error: unknown) => void;
  /** What speaks to the caller, once it is in the room. */
  session?: voice.AgentSession;
}
