import type * as pulumi from '@pulumi/pulumi';
import type { DeployConfig } from '../config-schema.ts';
import type { Digest } from '../config-trunk-parts.ts';
import type { TrunkConfig } from '../config-trunks.ts';
import { TrunkResource } from '../trunks/resource.ts';
import type { MediaEncryption } from '../trunks/livekit-enums.ts';
import { livekitAdminUrl } from '../values/releases.ts';
import { livekitTrunkName, livekitWayOut } from '../ways-out.ts';

/** LiveKit SIP's half of a trunk: for each agent an inbound trunk and a dispatch rule, and the way out if there is one. */
export function livekitTrunkResources(
  config: DeployConfig,
  trunk: TrunkConfig,
  parent: pulumi.Resource,
): void {
  const access = {
    url: livekitAdminUrl(config),
    apiKey: config.livekit.apiKey,
    apiSecret: config.livekit.apiSecret.reveal(),
  };
  const mediaEncryption = encryptionOf(trunk);
  const inboundAuth = trunk.kind === 'sip' ? trunk.digest?.[0] : undefined;
  for (const [agent, numbers] of numbersByAgent(trunk)) {
    const name = `${trunk.name}-${agent}`;
    const inbound = new TrunkResource(
      'livekit-inbound-trunk',
      `${name}-inbound`,
      {
        access,
        name: `patchbay-${name}`,
        numbers,
        allowedAddresses: trunk.sources.signalling,
        mediaEncryption,
        ...auth(inboundAuth),
      },
      { parent },
    );
    new TrunkResource(
      'livekit-dispatch-rule',
      `${name}-rule`,
      { access, name: `patchbay-${name}`, trunkIds: [inbound.id], agent },
      { parent: inbound },
    );
  }
  const out = livekitWayOut(trunk);
  if (!out) return;
  new TrunkResource(
    'livekit-outbound-trunk',
    `${trunk.name}-outbound`,
    {
      access,
      name: livekitTrunkName(trunk.name),
      address: out.address,
      transport: out.transport,
      numbers: Object.keys(trunk.numbers),
      mediaEncryption,
      ...auth(out.digest),
    },
    { parent },
  );
}

/** LiveKit sends a trunk's calls by one rule, so each agent's numbers need a trunk of their own. */
function numbersByAgent({ numbers }: TrunkConfig): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const [number, agent] of Object.entries(numbers)) {
    found.set(agent, [...(found.get(agent) ?? []), number]);
  }
  return found;
}

function encryptionOf(trunk: TrunkConfig): MediaEncryption {
  if (trunk.kind === 'sip') return trunk.mediaEncryption ?? 'off';
  return trunk.kind === 'twilio' && trunk.secure ? 'require' : 'off';
}

function auth(given: Digest | undefined): { auth?: { username: string; password: string } } {
  return given ? { auth: { username: given.username, password: given.password.reveal() } } : {};
}
