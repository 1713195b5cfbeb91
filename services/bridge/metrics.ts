import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { CALL_RESULTS, type CallResult } from '@patchbay/common/call-record';
import type { RtpCounters } from './rtp/session.ts';
import { rtpCounters } from './rtp-metrics.ts';
import { TURNED_AWAY, type TurnedAway } from './sip/doorman.ts';

/** What the gauges read when they are scraped. */
export interface BridgeGauges {
  callsActive: () => number;
  portsUsed: () => number;
  portsResting: () => number;
  portsTotal: () => number;
  drachtioConnected: () => boolean;
  draining: () => boolean;
  /** Calls now, by trunk. */
  trunkCalls: () => ReadonlyMap<string, number>;
}

export interface BridgeMetrics {
  readonly rtp: RtpCounters;
  invite(status: number | undefined): void;
  /** A request was turned away before it became a call. */
  turnedAway(reason: TurnedAway): void;
  callEnded(result: CallResult): void;
  /** INVITE → 200. */
  answered(seconds: number): void;
  /** INVITE → the agent's track is subscribed. */
  agentReady(seconds: number): void;
  roomOpened(): void;
  roomClosed(): void;
}

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
  gauge('calls_active', 'Calls from INVITE to the end of their cleaning up', gauges.callsActive);
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
  const answered = new Histogram({
    name: 'patchbay_bridge_answer_seconds',
    help: 'INVITE to 200 OK',
    buckets: WAIT_BUCKETS,
    registers,
  });
  const agentReady = new Histogram({
    name: 'patchbay_bridge_agent_ready_seconds',
    help: "INVITE to the agent's track being subscribed",
    buckets: WAIT_BUCKETS,
    registers,
  });
  return {
    rtp: rtpCounters(registry),
    invite: (status) => invites.inc({ status: String(status ?? 0) }),
    turnedAway: (reason) => turnedAway.inc({ reason }),
    callEnded: (result) => calls.inc({ result }),
    answered: (seconds) => answered.observe(seconds),
    agentReady: (seconds) => agentReady.observe(seconds),
    roomOpened: () => roomsOpen.inc(),
    roomClosed: () => roomsOpen.dec(),
  };
}
