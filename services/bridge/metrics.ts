import { Counter, Gauge, type Registry } from 'prom-client';
import { CALL_RESULTS, type CallResult } from '@patchbay/common/call-record';
import { exemplarHistogram, observeCall } from '@patchbay/common/exemplar';
import { rtpMetrics } from './rtp-metrics.ts';
import type { RtpReport } from './seats/tally.ts';
import type { WorkersUsage } from './seats/worker-usage.ts';
import { TURNED_AWAY, type TurnedAway } from './sip/doorman.ts';

/** What the gauges read when they are scraped. */
export interface BridgeGauges {
  /** Called first, to bring everything up to date. */
  refresh: () => void;
  callsActive: () => number;
  /** Age of the oldest call; 0 without calls. */
  oldestCallMs: () => number;
  /** What a call may last at most. */
  longestCallMs: () => number;
  portsUsed: () => number;
  portsResting: () => number;
  portsTotal: () => number;
  drachtioConnected: () => boolean;
  draining: () => boolean;
  /** Calls now, by trunk. */
  trunkCalls: () => ReadonlyMap<string, number>;
  /** Media workers that are up, have died, and calls that went on in another; 0 without workers. */
  workers: () => { alive: number; died: number; moved: number; usage?: WorkersUsage };
}

export interface BridgeMetrics {
  /** What the audio of all calls has counted. */
  rtp(report: RtpReport): void;
  invite(status: number | undefined): void;
  /** A request was turned away before it became a call. */
  turnedAway(reason: TurnedAway): void;
  callEnded(result: CallResult): void;
  /** INVITE → 200. */
  answered(seconds: number, callId: string): void;
  /** INVITE → the agent's track is subscribed. */
  agentReady(seconds: number, callId: string): void;
  roomOpened(): void;
  roomClosed(): void;
  /** A caller pressed a key. */
  keyHeard(way: KeyWay): void;
  /** An RTP port could not be bound, and another was tried. */
  portTaken(): void;
}

/** How keys come: as telephone events in RTP (RFC 4733), or by SIP INFO. */
const KEY_WAYS = ['rtp', 'info'] as const;
export type KeyWay = (typeof KEY_WAYS)[number];

/** Series that exist from the start make the first call of a kind visible to rate(). */
const USUAL_STATUSES = ['200', '404', '480', '487', '488', '500', '503'] as const;
const WAIT_BUCKETS = [0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 4, 6, 10, 20];

/** Make the bridge's metrics in a registry. Names are an interface: see CHANGELOG.md. */
export function createMetrics(registry: Registry, gauges: BridgeGauges): BridgeMetrics {
  const registers = [registry];
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name: `patchbay_bridge_${name}`,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  gauge('calls_active', 'Calls from INVITE to the end of their cleaning up', () => {
    gauges.refresh();
    return gauges.callsActive();
  });
  gauge('oldest_call_seconds', 'Age of the oldest call', () => gauges.oldestCallMs() / 1_000);
  gauge(
    'longest_call_seconds',
    'What a call may last at most',
    () => gauges.longestCallMs() / 1_000,
  );
  gauge('rtp_ports_used', 'RTP port pairs that carry a call', gauges.portsUsed);
  gauge('rtp_ports_resting', 'RTP port pairs that rest after a call', gauges.portsResting);
  gauge('rtp_ports_total', 'RTP port pairs in all', gauges.portsTotal);
  gauge('drachtio_connected', '1 while drachtio-server is connected', () =>
    Number(gauges.drachtioConnected()),
  );
  gauge('draining', '1 while no new calls are taken because of a shutdown', () =>
    Number(gauges.draining()),
  );
  const roomsOpen = new Gauge({
    name: 'patchbay_bridge_rooms_open',
    help: 'Rooms that are being joined, joined, or being left',
    registers,
  });
  const calls = new Counter({
    name: 'patchbay_bridge_calls_total',
    help: 'Calls that are over, by how they ended',
    labelNames: ['result'],
    registers,
  });
  for (const result of CALL_RESULTS) calls.inc({ result }, 0);
  const invites = new Counter({
    name: 'patchbay_bridge_invites_total',
    help: 'INVITEs by final status; 0 if none could be sent',
    labelNames: ['status'],
    registers,
  });
  for (const status of USUAL_STATUSES) invites.inc({ status }, 0);
  const turnedAway = new Counter({
    name: 'patchbay_bridge_requests_turned_away_total',
    help: 'SIP requests that were dropped or refused before they became a call, by reason',
    labelNames: ['reason'],
    registers,
  });
  for (const reason of TURNED_AWAY) turnedAway.inc({ reason }, 0);
  new Gauge({
    name: 'patchbay_bridge_trunk_calls_active',
    help: 'Calls of each trunk that have been let in',
    labelNames: ['trunk'],
    registers,
    collect() {
      for (const [trunk, calls] of gauges.trunkCalls()) this.set({ trunk }, calls);
    },
  });
  const answered = exemplarHistogram(registry, {
    name: 'patchbay_bridge_answer_seconds',
    help: 'INVITE to 200 OK',
    buckets: WAIT_BUCKETS,
  });
  const agentReady = exemplarHistogram(registry, {
    name: 'patchbay_bridge_agent_ready_seconds',
    help: "INVITE to the agent's track being subscribed",
    buckets: WAIT_BUCKETS,
  });
  const keys = new Counter({
    name: 'patchbay_bridge_dtmf_total',
    help: 'Keys that callers pressed, by how they came',
    labelNames: ['way'],
    registers,
  });
  for (const way of KEY_WAYS) keys.inc({ way }, 0);
  const portsTaken = new Counter({
    name: 'patchbay_bridge_rtp_bind_retries_total',
    help: 'RTP ports that another process held, so that another was tried',
    registers,
  });
  gauge(
    'media_workers',
    'Media workers that take calls; 0 if this process handles the audio',
    () => gauges.workers().alive,
  );
  const total = (name: string, help: string, read: () => number) =>
    new Counter({
      name: `patchbay_bridge_${name}_total`,
      help,
      registers,
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  total('media_workers_died', 'Media workers that ended unasked', () => gauges.workers().died);
  total('calls_moved', 'Calls that went on in another media worker', () => gauges.workers().moved);
  const used = () => gauges.workers().usage;
  total('worker_cpu_seconds', 'Processor time of media workers', () => used()?.cpuSeconds ?? 0);
  total('worker_gc_seconds', 'Garbage collection of media workers', () => used()?.gcSeconds ?? 0);
  gauge(
    'worker_eventloop_lag_seconds',
    'How late the event loop of a media worker was, p99 of 5 s, of the one that was latest',
    () => used()?.lagSeconds ?? 0,
  );
  new Gauge({
    name: 'patchbay_bridge_worker_resident_memory_bytes',
    help: 'Memory of the media workers: of all together, and of the largest',
    labelNames: ['stat'],
    registers,
    collect() {
      const { sum, max } = used()?.rssBytes ?? { sum: 0, max: 0 };
      this.set({ stat: 'sum' }, sum);
      this.set({ stat: 'max' }, max);
    },
  });
  return {
    rtp: rtpMetrics(registry),
    keyHeard: (way) => keys.inc({ way }),
    portTaken: () => portsTaken.inc(),
    invite: (status) => invites.inc({ status: String(status ?? 0) }),
    turnedAway: (reason) => turnedAway.inc({ reason }),
    callEnded: (result) => calls.inc({ result }),
    answered: (value, callId) => observeCall(answered, { callId }, value),
    agentReady: (value, callId) => observeCall(agentReady, { callId }, value),
    roomOpened: () => roomsOpen.inc(),
    roomClosed: () => roomsOpen.dec(),
  };
}
