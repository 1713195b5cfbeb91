import { isIPv6 } from 'node:net';
import { Registry } from 'prom-client';
import { Health } from '@patchbay/common/health';
import type { Logger } from '@patchbay/common/logger';
import { startOpsServer } from '@patchbay/common/ops-server';
import type { RecordSink } from '@patchbay/common/record-sink';
import { Closers } from '@patchbay/common/shutdown';
import { startTracer } from '@patchbay/common/tracing/start-tracer';
import { openAgentGate } from './agent-gate.ts';
import type { CallContext } from './call-context.ts';
import { Calls } from './calls.ts';
import type { BridgeConfig } from './config.ts';
import { ephemeralOverlap } from './ephemeral-ports.ts';
import { startControlServer } from './control-server.ts';
import { DialDesk } from './dial-desk.ts';
import { createMetrics } from './metrics.ts';
import { RETRY_AFTER_SECONDS, type Outcome } from './outcome.ts';
import { PortPool } from './ports.ts';
import { createRoomAdmin, watchLiveKit } from './room/admin.ts';
import type { RoomEngine } from './room/link.ts';
import { sipToken } from './room/token.ts';
import type { MediaSeat } from './seats/seat.ts';
import { startSeats } from './seats/seat-source.ts';
import { Doorman, type Verdict } from './sip/doorman.ts';
import { findRoute } from './sip/routing.ts';
import { connectSipServer } from './sip/srf.ts';
import { TrunkPlaces } from './sip/trunk-places.ts';

export interface BridgeDeps {
  log: Logger;
  /** Where call records go. */
  sink: RecordSink;
  /** The room engine; the configured one by default. */
  engine?: RoomEngine;
}

export interface Bridge {
  /** Port of /healthz, /readyz and /metrics. */
  readonly opsPort: number;
  /** Port of the door for calls out; undefined if it is closed. */
  readonly controlPort: number | undefined;
  readonly health: Health;
  /** The media workers that are up; empty if this process handles the audio. */
  readonly mediaWorkers: readonly { pid: number; calls: number }[];
  /** Take no new calls, let those in progress end within the drain limit, then stop. */
  close(): Promise<void>;
}

/** Put the bridge together and start it. It becomes ready when drachtio and LiveKit are there. */
export async function startBridge(config: BridgeConfig, deps: BridgeDeps): Promise<Bridge> {
  const { log } = deps;
  const closers = new Closers(log);
  const health = new Health(['drachtio', 'livekit', ...(config.agents ? ['agents'] : [])]);
  const registry = new Registry();
  const { livekit, rtp } = config;

  // Before the seats, whose first report may come while the rest is still being put together.
  const metrics = createMetrics(registry, {
    refresh: () => seats.flush(),
    callsActive: () => calls.active,
    oldestCallMs: () => calls.oldestMs,
    longestCallMs: () => config.limits.maxCallMs,
    portsUsed: () => ports.used,
    portsResting: () => ports.resting,
    portsTotal: () => ports.total,
    drachtioConnected: () => !health.missing().includes('drachtio'),
    draining: () => health.draining,
    trunkCalls: () => places.active,
    workers: () => seats.workers ?? { alive: 0, died: 0, moved: 0 },
  });

  const seats = await startSeats({
    workers: deps.engine ? 0 : config.mediaWorkers,
    settings: {
      engine: config.engine,
      bindAddress: rtp.bindAddress,
      latch: rtp.latch,
      log: config.log,
    },
    engine: deps.engine,
    log,
    report: (report) => metrics.rtp(report),
  });
  closers.add('media', () => seats.close());
  const ports = new PortPool<MediaSeat>({
    min: rtp.portMin,
    max: rtp.portMax,
    restMs: rtp.restMs,
    bind: (port) => seats.bind(port),
    drain: (seat) => void seat.end(),
    bindFailed: () => metrics.portTaken(),
  });
  const places = new TrunkPlaces(config.trunks);
  const doorman = new Doorman({
    trunks: config.trunks,
    passwords: config.trunkPasswords,
    unknownSource: config.admission.unknownSource,
    callsPerSecond: config.admission.sourceCallsPerSecond,
    realm: 'patchbay',
  });
  await warnOfEphemeralPorts(rtp, log);
  const rooms = createRoomAdmin(livekit, log);
  const tracer = await startTracer({ service: 'bridge', config: config.tracing, log });
  closers.add('tracer', () => tracer.close());
  const agents =
    config.agents &&
    openAgentGate({ ...config.agents, log, onKnown: () => health.set('agents', true) });
  if (agents) closers.add('agents’ directory', () => agents.close());
  const context: CallContext = {
    log,
    metrics,
    tracer,
    seats: ports,
    rooms,
    limits: config.limits,
    livekitUrl: livekit.url,
    advertisedAddress: rtp.advertisedAddress,
    addressFamily: isIPv6(rtp.advertisedAddress) ? 6 : 4,
    route: findRoute,
    places,
    refusal: () => refusalOf(health) ?? fullness(calls.active - 1) ?? agents?.refusal(),
    agents,
    token: (room, agent, caller) => sipToken({ ...livekit, ...caller, room, agent }),
    sink: deps.sink,
  };
  const calls = new Calls(context);
  /** @param others calls besides the one that asks */
  const fullness = (others: number): Outcome | undefined => {
    const { maxCalls } = config.admission;
    if (others >= maxCalls) {
      return { result: 'rejected-limit', detail: `The bridge has its ${maxCalls} calls.` };
    }
    if (ports.used + ports.resting < ports.total) return undefined;
    return { result: 'rejected-no-port', detail: 'There is no free RTP port.' };
  };
  const counted = (verdict: Verdict): Verdict => {
    if (verdict.kind !== 'in') metrics.turnedAway(verdict.reason);
    return verdict;
  };

  const ops = await startOpsServer({ ...config.ops, health, registry });
  closers.add('ops server', () => ops.close());
  closers.add('RTP ports', () => ports.close());
  const sip = connectSipServer(
    { ...config.drachtio, log },
    {
      call: (leg) => calls.accept(leg),
      connected: (connected) => health.set('drachtio', connected),
      invite: (visitor) => counted(doorman.invite(visitor)),
      greet: (visitor) => counted(doorman.greet(visitor)),
      turnedAway: (reason) => metrics.turnedAway(reason),
      busyForSeconds: () =>
        health.ready && !fullness(calls.active) && !agents?.refusal()
          ? undefined
          : RETRY_AFTER_SECONDS,
    },
  );
  closers.add('SIP server connection', () => sip.close());
  const desk = new DialDesk({
    context,
    trunks: config.trunks,
    passwords: config.trunkPasswords,
    ringLimitMs: config.limits.ringLimitMs,
    leg: (plan) => sip.place(plan),
    run: (call) => calls.run(call),
    refusal: () => refusalOf(health) ?? fullness(calls.active) ?? agents?.refusal(),
  });
  const watch = watchLiveKit({
    url: livekit.url,
    admin: rooms,
    log,
    onChange: (ready) => health.set('livekit', ready),
  });
  closers.add('LiveKit watch', () => watch.close());
  const control = config.control && (await startControlServer({ ...config.control, desk }));
  if (control) closers.add('door for calls out', () => control.close());
  closers.add('calls', () => calls.drain(config.limits.drainLimitMs));

  return {
    opsPort: ops.port,
    controlPort: control?.port,
    health,
    get mediaWorkers() {
      return seats.workers?.loads ?? [];
    },
    close: () => {
      health.drain();
      return closers.close();
    },
  };
}

async function warnOfEphemeralPorts(rtp: BridgeConfig['rtp'], log: Logger): Promise<void> {
  const { portMin, portMax } = rtp;
  const kernel = await ephemeralOverlap({ min: portMin, max: portMax });
  if (!kernel) return;
  log.warn(
    { rtpPorts: `${portMin}-${portMax}`, ephemeralPorts: `${kernel.min}-${kernel.max}` },
    'RTP ports are among those the kernel gives to outgoing connections, so calls may find them ' +
      'taken: set BRIDGE_RTP_PORT_MIN and MAX elsewhere, or net.ipv4.ip_local_reserved_ports',
  );
}

function refusalOf(health: Health): Outcome | undefined {
  if (health.draining) {
    return { result: 'rejected-draining', detail: 'The bridge is shutting down.' };
  }
  if (health.ready) return undefined;
  return { result: 'rejected-not-ready', detail: `Not there yet: ${health.missing().join(', ')}.` };
}
