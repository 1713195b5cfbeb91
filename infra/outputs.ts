import type { DeployConfig } from './config-schema.ts';
import {
  bridgeHostOf,
  doorOf,
  narrowedTo,
  transportOf,
  type TrunkConfig,
} from './config-trunks.ts';
import { destinations, portOf } from './destinations.ts';
import { firewallRules, type FirewallRule } from './firewall.ts';
import { nodePorts } from './node-ports.ts';
import { ephemeralRanges } from './ports.ts';
import { livekitPublicUrl, pageUrl, releaseName } from './values/releases.ts';
import { directionOf } from './ways-out.ts';

/** What `pulumi up` prints at its end. */
export interface StackOutputs {
  /** The page for callers, or how to reach it without an ingress. */
  page: string;
  livekit: string;
  /** One line a number: which agent it rings, through what, where. */
  numbers: string[];
  /** A command that calls the first number from here. */
  testCall: string;
  /** What the media nodes' firewall has to let in. */
  firewall: FirewallRule[];
  /** Setting of the media nodes' kernel; empty if none is needed. */
  sysctl: string;
  /** Records that must exist; the ingress ones are made by external-dns where that is on. */
  dns: string[];
}

/** The outputs that the configuration alone decides. */
export function stackOutputs(config: DeployConfig): StackOutputs {
  return {
    page: pageUrl(config) ?? portForward(config),
    livekit: livekitPublicUrl(config),
    numbers: numberLines(config),
    testCall: testCall(config),
    firewall: firewallRules(config),
    sysctl: sysctl(config),
    dns: dnsRecords(config),
  };
}

function portForward({ namespaces }: DeployConfig): string {
  return `http://localhost:8080 after: kubectl -n ${namespaces.apps} port-forward service/${releaseName('api')} 8080`;
}

/** `+912248964153 rings bank through the bridge at 203.0.113.7:5070` */
function numberLines(config: DeployConfig): string[] {
  return config.trunks.flatMap((trunk) => {
    if (directionOf(trunk) === 'outbound') {
      return Object.keys(trunk.numbers).map(
        (number) => `${number} is shown to those whom trunk ${trunk.name} calls`,
      );
    }
    const through = doorOf(trunk) === 'bridge' ? 'the bridge' : 'LiveKit SIP';
    const places = destinations(config, trunk).map(({ host, port }) => `${host}:${port}`);
    const at = places.length > 0 ? places.join(' and ') : 'the public address of each media node';
    return Object.entries(trunk.numbers).map(
      ([number, agent]) => `${number} rings ${agent} through ${through} at ${at}`,
    );
  });
}

function testCall(config: DeployConfig): string {
  const trunks = config.trunks.filter(takesTestCalls);
  const trunk = trunks.find((one) => doorOf(one) === 'bridge') ?? trunks[0];
  const number = trunk ? Object.keys(trunk.numbers)[0] : undefined;
  if (!trunk || number === undefined) {
    return 'no number that is called without digest: call from the page';
  }
  const host = destinations(config, trunk)[0]?.host ?? '<address of a media node>';
  // Both doors listen on UDP too, which the telephone speaks by itself, unless the trunk leaves it out.
  const transport = narrowedTo(trunk)?.includes('udp') === false ? transportOf(trunk) : 'udp';
  const over = transport === 'udp' ? '' : `--transport ${transport} `;
  return (
    `node services/sandbox/telephone/main.ts --to ${number} --server ${host}:${portOf(config, trunk, transport)} ${over}--host <your address> --say "what is my balance" ` +
    '(from an address listed in the trunk’s sources)'
  );
}

/** Whether the telephone, which gives no digest, can call in over a trunk. */
function takesTestCalls(trunk: TrunkConfig): boolean {
  return directionOf(trunk) !== 'outbound' && !(trunk.kind === 'sip' && trunk.digest);
}

function sysctl(config: DeployConfig): string {
  const ranges = ephemeralRanges(nodePorts(config)).map(({ min, max }) => `${min}-${max}`);
  return ranges.length === 0 ? '' : `net.ipv4.ip_local_reserved_ports=${ranges.join(',')}`;
}

function dnsRecords(config: DeployConfig): string[] {
  const { ingress, livekit, livekitSip, trunks, media, ports } = config;
  const records: string[] = [];
  if (ingress) records.push(`${ingress.host} → the ingress`);
  if (ingress?.livekitHost) records.push(`${ingress.livekitHost} → the ingress`);
  if (livekit.mode === 'own' && livekit.turn) {
    const balancer = `a load balancer from 443 to ${ports.livekit.turnTls} of the media nodes`;
    records.push(`${livekit.turn.domain} → ${balancer}`);
  }
  const nodes = media.publicAddresses.join(', ') || 'the public addresses of the media nodes';
  const sipHosts = trunks.map(bridgeHostOf);
  for (const host of new Set([livekitSip.enabled ? livekitSip.host : undefined, ...sipHosts])) {
    if (host) records.push(`${host} → ${nodes}`);
  }
  return records;
}
