import { constant, growing, histogram, type AlertCase, type Series } from './case.ts';

const agentReady = (quick: number, all: number): Series =>
  histogram('patchbay_bridge_agent_ready_seconds', 'part="bridge"', { '3': quick, '10': all }, all);
const answer = (quick: number): Series =>
  histogram('patchbay_bridge_answer_seconds', '', { '6': quick, '10': 100 }, 100);
const invites = (answered: number, failed: number): Series => ({
  'patchbay_bridge_invites_total{status="200"}': growing(answered),
  'patchbay_bridge_invites_total{status="503"}': growing(failed),
  // Callers who give up don't count.
  'patchbay_bridge_invites_total{status="487"}': growing(30),
});
const rooms = (counts: {
  rooms: number;
  phone?: number;
  web?: number;
  agents?: number;
}): Series => ({
  'livekit_room_total{pod="a"}': constant(counts.rooms),
  patchbay_bridge_rooms_open: constant(counts.phone ?? 0),
  patchbay_api_open_calls: constant(counts.web ?? 0),
  patchbay_agent_jobs_active: constant(counts.agents ?? counts.rooms),
  patchbay_agent_jobs_max: constant(100),
});

export const CALL_CASES: Readonly<Record<string, AlertCase>> = {
  PartDown: {
    after: '5m',
    fires: { 'up{part="api",pod="a"}': constant(0), 'up{part="api",pod="b"}': constant(0) },
    quiet: { 'up{part="api",pod="a"}': constant(0), 'up{part="api",pod="b"}': constant(1) },
  },
  NoCarrierPath: {
    after: '3m',
    fires: { 'patchbay_bridge_drachtio_connected{pod="a"}': constant(0) },
    quiet: {
      'patchbay_bridge_drachtio_connected{pod="a"}': constant(0),
      'patchbay_bridge_drachtio_connected{pod="b"}': constant(1),
    },
  },
  AnswerRatioLow: { after: '15m', fires: invites(90, 10), quiet: invites(3, 1) },
  CarrierRefused: { after: '25m', fires: invites(98, 3), quiet: invites(1_000, 1) },
  AnswerSlow: { after: '25m', fires: answer(80), quiet: answer(99) },
  AgentNotReady: { after: '15m', fires: agentReady(80, 100), quiet: agentReady(99, 100) },
  AgentVeryLate: {
    after: '10m',
    fires: histogram('patchbay_bridge_agent_ready_seconds', 'part="bridge"', { '10': 99 }, 100),
    quiet: agentReady(10, 100),
  },
  CallsHung: {
    after: '10m',
    fires: {
      'patchbay_bridge_oldest_call_seconds{part="bridge"}': constant(90_000),
      'patchbay_bridge_longest_call_seconds{part="bridge"}': constant(86_400),
    },
    quiet: {
      'patchbay_bridge_oldest_call_seconds{part="bridge"}': constant(80_000),
      'patchbay_bridge_longest_call_seconds{part="bridge"}': constant(86_400),
    },
  },
  RoomsOrphaned: {
    after: '10m',
    fires: rooms({ rooms: 5, phone: 2, web: 2 }),
    quiet: rooms({ rooms: 5, phone: 2, web: 4 }),
  },
  RoomsWithoutAgent: {
    after: '5m',
    fires: rooms({ rooms: 5, phone: 5, agents: 4 }),
    quiet: rooms({ rooms: 5, phone: 5 }),
  },
  AgentsDoubled: {
    after: '5m',
    fires: rooms({ rooms: 5, phone: 5, agents: 6 }),
    quiet: rooms({ rooms: 5, phone: 5 }),
  },
  DrainTooLong: {
    after: '50m',
    fires: { 'patchbay_bridge_draining{part="bridge",pod="a"}': constant(1) },
    quiet: { 'patchbay_bridge_draining{part="bridge",pod="a"}': '1x30 0xALWAYS' },
  },
  CallsCutByDrain: {
    after: '10m',
    fires: { 'patchbay_agent_jobs_total{part="agent",result="drained"}': '0x5 2xALWAYS' },
    quiet: { 'patchbay_agent_jobs_total{part="agent",result="drained"}': constant(7) },
  },
};
