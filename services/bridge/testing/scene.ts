import { Registry } from 'prom-client';
import { expect, vi } from 'vitest';
import { callRecordSchema, type CallRecord } from '@patchbay/common/call-record';
import { silentLogger } from '@patchbay/common/logger';
import { NO_TRACER, type Tracer } from '@patchbay/common/tracing/span';
import { InboundCall } from '../inbound-call.ts';
import type { CallContext } from '../call-context.ts';
import { createMetrics } from '../metrics.ts';
import type { Outcome } from '../outcome.ts';
import { PortPool } from '../ports.ts';
import { MediaClock } from '../rtp/clock.ts';
import { findRoute } from '../sip/routing.ts';
import type { Invite } from '../sip/leg.ts';
import { RtpTally } from '../seats/tally.ts';
import { LocalSeat, type SeatSurroundings } from '../seats/local-seat.ts';
import type { MediaSeat } from '../seats/seat.ts';
import { TrunkPlaces } from '../sip/trunk-places.ts';
import { FakeLeg, LOCAL_TRUNK } from './fake-leg.ts';
import { FakePair } from './fake-pair.ts';
import { FakeRoom } from './fake-room.ts';

const REST_MS = 1_000;

/** One call with nothing real around it. Needs vitest's fake timers. */
export class Scene {
  readonly leg: FakeLeg;
  readonly room = new FakeRoom();
  readonly binding = Promise.withResolvers<void>();
  readonly token = Promise.withResolvers<string>();
  readonly pairs: FakePair[] = [];
  readonly deleted: string[] = [];
  readonly records: CallRecord[] = [];
  readonly registry = new Registry();
  readonly places = new TrunkPlaces([LOCAL_TRUNK]);
  readonly ports: PortPool<MediaSeat>;
  readonly call: InboundCall;
  readonly context: CallContext;
  /** Calls that hold a place of an agent. */
  readonly agentPlaces = new Set<string>();
  refusal: Outcome | undefined;

  constructor(
    options: { invite?: Partial<Invite>; refusal?: Outcome; ports?: number; tracer?: Tracer } = {},
  ) {
    this.refusal = options.refusal;
    this.binding.promise.catch(() => undefined);
    this.token.promise.catch(() => undefined);
    this.leg = new FakeLeg(options.invite);
    this.ports = new PortPool<MediaSeat>({
      min: 30_000,
      max: 29_999 + 2 * (options.ports ?? 1),
      restMs: REST_MS,
      bind: async (port) => {
        await this.binding.promise;
        const pair = new FakePair(port);
        this.pairs.push(pair);
        return new LocalSeat(pair, around);
      },
      drain: (seat) => void seat.end(),
    });
    const metrics = createMetrics(this.registry, {
      refresh: () => undefined,
      callsActive: () => 0,
      oldestCallMs: () => 0,
      longestCallMs: () => 3_600_000,
      portsUsed: () => this.ports.used,
      portsResting: () => this.ports.resting,
      portsTotal: () => this.ports.total,
      drachtioConnected: () => true,
      draining: () => false,
      trunkCalls: () => this.places.active,
      workers: () => ({ alive: 0, died: 0, moved: 0 }),
    });
    const around: SeatSurroundings = {
      engine: this.room,
      clock: new MediaClock(),
      counters: new RtpTally(),
      latch: 'first-packet',
    };
    this.context = {
      log: silentLogger(),
      metrics,
      tracer: options.tracer ?? NO_TRACER,
      seats: this.ports,
      rooms: {
        deleteRoom: (room) => {
          this.deleted.push(room);
          return Promise.resolve();
        },
      },
      limits: {
        agentWaitMs: 20_000,
        mediaStartTimeoutMs: 30_000,
        mediaTimeoutMs: 15_000,
        maxCallMs: 3_600_000,
      },
      livekitUrl: 'ws://127.0.0.1:1',
      advertisedAddress: '192.0.2.9',
      addressFamily: 4,
      route: findRoute,
      places: this.places,
      refusal: () => this.refusal,
      agents: {
        take: (callId) => {
          this.agentPlaces.add(callId);
          return () => void this.agentPlaces.delete(callId);
        },
        served: () => undefined,
      },
      token: () => this.token.promise,
      sink: (record) => void this.records.push(callRecordSchema.parse(record)),
    };
    this.call = new InboundCall(this.context, this.leg);
  }

  /** Set up the call as far as the named step, which is left hanging. */
  async until(moment: Moment): Promise<void> {
    this.call.start();
    await settle();
    for (const step of MOMENTS) {
      if (step === moment) return;
      this.pass(step);
      await settle();
    }
  }

  /** Let the named step succeed. */
  pass(moment: Moment): void {
    switch (moment) {
      case 'the port is being bound':
        return this.binding.resolve();
      case 'the token is being made':
        return this.token.resolve('jwt');
      case 'the room is being joined':
        return this.room.joining.resolve();
      case 'the track is being published':
        return this.room.publishing.resolve();
      case 'the agent is awaited':
        return this.room.events.heard();
      case 'the answer is being sent':
        return this.leg.answering.resolve({ localTag: 'tag' });
      case 'both are talking':
        return;
    }
  }

  /** Let the named step fail. @returns false if it is one that can't */
  fail(moment: Moment): boolean {
    const error = new Error(`failed while ${moment}`);
    switch (moment) {
      case 'the port is being bound':
        this.binding.reject(error);
        return true;
      case 'the token is being made':
        this.token.reject(error);
        return true;
      case 'the room is being joined':
        this.room.joining.reject(error);
        return true;
      case 'the track is being published':
        this.room.publishing.reject(error);
        return true;
      case 'the answer is being sent':
        this.leg.answering.reject(error);
        return true;
      case 'the agent is awaited':
      case 'both are talking':
        return false;
    }
  }

  async metric(name: string): Promise<number> {
    const metric = await this.registry.getSingleMetric(`patchbay_bridge_${name}`)?.get();
    return metric?.values[0]?.value ?? NaN;
  }

  /** The call is over: it has its record, and gave back its room, port and places. */
  async expectNothingHeld(): Promise<void> {
    expect(this.records).toHaveLength(1);
    expect(this.room.left).toBe(this.room.joined);
    expect(this.ports.used).toBe(0);
    expect(this.places.active.get('local')).toBe(0);
    expect(this.agentPlaces.size).toBe(0);
    // Nothing of it may tick on: only the port's rest is left, and that ends too.
    await vi.advanceTimersByTimeAsync(REST_MS);
    // Files share a process: what an earlier one asked of Node's fetch may tick on for some seconds.
    if (vi.getTimerCount() > 0) await vi.advanceTimersByTimeAsync(10_000);
    expect(vi.getTimerCount()).toBe(0);
    expect(this.ports.resting).toBe(0);
  }
}

export const MOMENTS = [
  'the port is being bound',
  'the token is being made',
  'the room is being joined',
  'the track is being published',
  'the agent is awaited',
  'the answer is being sent',
  'both are talking',
] as const;
export type Moment = (typeof MOMENTS)[number];

/** Let everything happen that needs no time. */
export async function settle(): Promise<void> {
  await vi.advanceTimersByTimeAsync(0);
  await vi.advanceTimersByTimeAsync(0);
}
