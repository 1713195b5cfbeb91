import type { Logger } from '@patchbay/common/logger';
import type { RecordSink } from '@patchbay/common/record-sink';
import type { Tracer } from '@patchbay/common/tracing/span';
import type { AgentGate } from './agent-gate.ts';
import type { BridgeMetrics } from './metrics.ts';
import type { Outcome } from './outcome.ts';
import type { PortLease } from './ports.ts';
import type { RoomAdmin } from './room/admin.ts';
import type { CallerIdentity } from './room/caller.ts';
import type { MediaSeat } from './seats/seat.ts';
import type { Route } from './sip/routing.ts';
import type { Trunk } from './sip/trunk.ts';
import type { TrunkPlaces } from './sip/trunk-places.ts';

export interface CallLimits {
  /** Longest time from joining the room to the agent's track. */
  agentWaitMs: number;
  mediaStartTimeoutMs: number;
  mediaTimeoutMs: number;
  maxCallMs: number;
}

/** What all calls of the process share. */
export interface CallContext {
  log: Logger;
  metrics: BridgeMetrics;
  tracer: Tracer;
  /** Where the audio of calls is handled. */
  seats: { acquire(): Promise<PortLease<MediaSeat>> };
  rooms: Pick<RoomAdmin, 'deleteRoom'>;
  limits: CallLimits;
  livekitUrl: string;
  /** Address written into answers, and its family. */
  advertisedAddress: string;
  addressFamily: 4 | 6;
  /** Number → agent; undefined if none of these trunks has the number. */
  route(trunks: readonly Trunk[], calledUser: string): Route | undefined;
  places: Pick<TrunkPlaces, 'take'>;
  /** Why no call may be taken at the moment, or undefined. */
  refusal(): Outcome | undefined;
  /** The agents' places; undefined if nobody keeps count of them. */
  agents: Pick<AgentGate, 'take' | 'served'> | undefined;
  token(room: string, agent: string, caller: CallerIdentity): Promise<string>;
  sink: RecordSink;
}
