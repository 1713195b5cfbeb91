import type { DeployConfig } from './config-schema.ts';
import type { PortRange } from './ports.ts';
import { hasBridgeWayOut } from './ways-out.ts';

type Part = 'livekit' | 'livekit-sip' | 'bridge';
export interface NodePort extends PortRange {
  part: Part;
  /** Carriers or browsers use it, so the firewall has to let it through. */
  open: boolean;
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
    open = true,
  ) => {
    const { min, max } = typeof range === 'number' ? { min: range, max: range } : range;
    found.push({ part, name, key: `patchbay:ports.${key}`, min, max, protocol, open });
  };
  if (config.livekit.mode === 'own') {
    add('livekit', 'LiveKit HTTP', 'livekit.http', livekit.http, 'tcp', false);
    add('livekit', 'LiveKit ICE over TCP', 'livekit.tcp', livekit.tcp, 'tcp');
    add('livekit', 'LiveKit media', 'livekit.media', livekit.media, 'udp');
    add('livekit', 'LiveKit metrics', 'livekit.metrics', livekit.metrics, 'tcp', false);
    if (config.livekit.turn) {
      add('livekit', 'TURN', 'livekit.turn', livekit.turn, 'udp');
      add('livekit', 'TURN over TLS', 'livekit.turnTls', livekit.turnTls, 'tcp');
      add('livekit', 'TURN relay', 'livekit.turnRelay', livekit.turnRelay, 'udp');
    }
  }
  if (config.livekitSip.enabled) {
    add('livekit-sip', 'LiveKit SIP signalling', 'livekitSip.sip', livekitSip.sip, 'tcp+udp');
    add('livekit-sip', 'LiveKit SIP over TLS', 'livekitSip.tls', livekitSip.tls, 'tcp');
    add('livekit-sip', 'LiveKit SIP RTP', 'livekitSip.rtp', livekitSip.rtp, 'udp');
    add(
      'livekit-sip',
      'LiveKit SIP metrics',
      'livekitSip.metrics',
      livekitSip.metrics,
      'tcp',
      false,
    );
    add('livekit-sip', 'LiveKit SIP health', 'livekitSip.health', livekitSip.health, 'tcp', false);
  }
  if (config.bridge.enabled) {
    add('bridge', 'bridge signalling', 'bridge.sip', bridge.sip, 'tcp+udp');
    add('bridge', 'bridge over TLS', 'bridge.tls', bridge.tls, 'tcp');
    add('bridge', 'bridge RTP', 'bridge.rtp', bridge.rtp, 'udp');
    add('bridge', 'bridge health and metrics', 'bridge.ops', bridge.ops, 'tcp', false);
    add('bridge', 'bridge SIP metrics', 'bridge.sipMetrics', bridge.sipMetrics, 'tcp', false);
    if (hasBridgeWayOut(config)) {
      add('bridge', 'bridge orders for calls out', 'bridge.control', bridge.control, 'tcp', false);
    }
  }
  return found;
}
