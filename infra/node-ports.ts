import type { DeployConfig } from './config-schema.ts';
import type { PortRange } from './ports.ts';
import { hasBridgeWayOut } from './ways-out.ts';

type Part = 'livekit' | 'livekit-sip' | 'bridge';
/** Browsers, or carriers: with their SIP, their SIP over TLS, their RTP. */
export type PortUse = 'browsers' | 'sip' | 'sip-tls' | 'rtp';
export interface NodePort extends PortRange {
  part: Part;
  /** Who comes to it from outside, so that the firewall has to let them through; nobody if undefined. */
  use: PortUse | undefined;
}

/** Every port that our pods take on a media node, of the parts that run there. */
export function nodePorts(config: DeployConfig): NodePort[] {
  const { livekit, livekitSip, bridge } = config.ports;
  const found: NodePort[] = [];
  const add = (
    part: Part,
    name: string,
    key: string,
    range: number | { min: number; max: number },
    protocol: PortRange['protocol'],
    use?: PortUse,
  ) => {
    const { min, max } = typeof range === 'number' ? { min: range, max: range } : range;
    found.push({ part, name, key: `patchbay:ports.${key}`, min, max, protocol, use });
  };
  if (config.livekit.mode === 'own') {
    add('livekit', 'LiveKit HTTP', 'livekit.http', livekit.http, 'tcp');
    add('livekit', 'LiveKit ICE over TCP', 'livekit.tcp', livekit.tcp, 'tcp', 'browsers');
    add('livekit', 'LiveKit media', 'livekit.media', livekit.media, 'udp', 'browsers');
    add('livekit', 'LiveKit metrics', 'livekit.metrics', livekit.metrics, 'tcp');
    if (config.livekit.turn) {
      add('livekit', 'TURN', 'livekit.turn', livekit.turn, 'udp', 'browsers');
      add('livekit', 'TURN over TLS', 'livekit.turnTls', livekit.turnTls, 'tcp', 'browsers');
      add('livekit', 'TURN relay', 'livekit.turnRelay', livekit.turnRelay, 'udp', 'browsers');
    }
  }
  if (config.livekitSip.enabled) {
    add(
      'livekit-sip',
      'LiveKit SIP signalling',
      'livekitSip.sip',
      livekitSip.sip,
      'tcp+udp',
      'sip',
    );
    add('livekit-sip', 'LiveKit SIP over TLS', 'livekitSip.tls', livekitSip.tls, 'tcp', 'sip-tls');
    add('livekit-sip', 'LiveKit SIP RTP', 'livekitSip.rtp', livekitSip.rtp, 'udp', 'rtp');
    add('livekit-sip', 'LiveKit SIP metrics', 'livekitSip.metrics', livekitSip.metrics, 'tcp');
    add('livekit-sip', 'LiveKit SIP health', 'livekitSip.health', livekitSip.health, 'tcp');
  }
  if (config.bridge.enabled) {
    add('bridge', 'bridge signalling', 'bridge.sip', bridge.sip, 'tcp+udp', 'sip');
    add('bridge', 'bridge over TLS', 'bridge.tls', bridge.tls, 'tcp', 'sip-tls');
    add('bridge', 'bridge RTP', 'bridge.rtp', bridge.rtp, 'udp', 'rtp');
    add('bridge', 'bridge health and metrics', 'bridge.ops', bridge.ops, 'tcp');
    add('bridge', 'bridge SIP metrics', 'bridge.sipMetrics', bridge.sipMetrics, 'tcp');
    if (hasBridgeWayOut(config)) {
      add('bridge', 'bridge orders for calls out', 'bridge.control', bridge.control, 'tcp');
    }
  }
  return found;
}
