import { constant, growing, histogram, type AlertCase, type Series } from './case.ts';

const mos = (bounds: Record<string, number>): Series =>
  histogram('patchbay_bridge_mos', 'direction="in"', bounds, 100);
const lost = (perMinute: number): Series => ({
  'patchbay_bridge_rtp_lost_total{direction="in"}': growing(perMinute),
  'patchbay_bridge_rtp_packets_total{direction="in"}': growing(3_000),
});
const oneWay = (calls: string): Series => ({
  'patchbay_bridge_rtp_one_way_calls_total{direction="out"}': calls,
  'patchbay_bridge_calls_total{result="caller-hangup"}': growing(5),
});
const ports = (used: number, calls: number): Series => ({
  'patchbay_bridge_rtp_ports_used{pod="a"}': constant(used),
  'patchbay_bridge_rtp_ports_resting{pod="a"}': constant(10),
  'patchbay_bridge_rtp_ports_total{pod="a"}': constant(100),
  'patchbay_bridge_calls_active{pod="a"}': constant(calls),
});

export const MEDIA_CASES: Readonly<Record<string, AlertCase>> = {
  VoiceQualityPoor: {
    after: '25m',
    fires: mos({ '3.1': 20, '3.6': 30, '4.41': 100 }),
    quiet: mos({ '3.1': 1, '3.6': 2, '4.41': 100 }),
  },
  VoiceQualityFair: {
    after: '25m',
    fires: mos({ '3.6': 0, '4.03': 20, '4.41': 100 }),
    quiet: mos({ '3.6': 0, '4.03': 5, '4.41': 100 }),
  },
  PacketsLost: { after: '25m', fires: lost(60), quiet: lost(15) },
  JitterHigh: {
    after: '25m',
    fires: histogram(
      'patchbay_bridge_rtp_jitter_seconds',
      'direction="in"',
      { '0.03': 80, '0.05': 100 },
      100,
    ),
    quiet: histogram(
      'patchbay_bridge_rtp_jitter_seconds',
      'direction="in"',
      { '0.03': 99, '0.05': 100 },
      100,
    ),
  },
  OneWayAudio: { after: '45m', fires: oneWay(growing(0.1)), quiet: oneWay(growing(0.01)) },
  RtpPortsShort: { after: '10m', fires: ports(75, 75), quiet: ports(60, 60) },
  RtpPortsLeaked: { after: '15m', fires: ports(3, 2), quiet: ports(2, 3) },
  MediaServerDropsPackets: {
    after: '15m',
    fires: { 'livekit_node_packet_total{type="dropped",pod="a"}': growing(600) },
    quiet: { 'livekit_node_packet_total{type="out",pod="a"}': growing(60_000) },
  },
};
