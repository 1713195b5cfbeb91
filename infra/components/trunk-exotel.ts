import * as pulumi from '@pulumi/pulumi';
import type { DeployConfig } from '../config-schema.ts';
import type { ExotelTrunkConfig } from '../config-trunks.ts';
import { destinations, destinationText } from '../destinations.ts';
import type { ExotelItem } from '../trunks/exotel-item.ts';
import { TrunkResource } from '../trunks/resource.ts';

const ENDPOINTS = {
  mumbai: 'https://api.in.exotel.com',
  singapore: 'https://api.exotel.com',
};

/**
 * Exotel's half of a trunk: the trunk, allowed addresses or digest, numbers, destinations.
 *
 * @returns what is left to do in Exotel's dashboard: App Bazaar has no API for flows
 */
export function exotelTrunkResources(
  config: DeployConfig,
  trunk: ExotelTrunkConfig,
  parent: pulumi.Resource,
): pulumi.Output<string> {
  const { exotel, name } = trunk;
  const access = {
    accountSid: exotel.accountSid,
    apiKey: exotel.apiKey.reveal(),
    apiToken: exotel.apiToken.reveal(),
    endpoint: ENDPOINTS[exotel.region],
  };
  const made = new TrunkResource(
    'exotel-trunk',
    `${name}-exotel`,
    { access, name: exotel.trunkName, trunkSid: exotel.trunkSid ?? '' },
    // A trunk that was there before the stack outlives it.
    { parent, retainOnDelete: exotel.trunkSid !== undefined },
  );
  // Exotel removes what belongs to a trunk with the trunk.
  const belonging = { parent: made, ...(exotel.trunkSid ? {} : { deletedWith: made }) };
  const add = (suffix: string, item: ExotelItem, dependsOn: pulumi.Resource[] = []) =>
    new TrunkResource(
      'exotel-item',
      `${name}-${suffix}`,
      { access, trunkSid: made.id, item },
      { ...belonging, dependsOn },
    );
  // An address can be a destination only once it is allowed.
  const allowed = config.media.publicAddresses.map((address) =>
    add(`allow-${address}`, { kind: 'allowed-address', address }),
  );
  if (exotel.digest) {
    const { username, password } = exotel.digest;
    new TrunkResource(
      'exotel-credential',
      `${name}-credential`,
      { access, trunkSid: made.id, auth: { username, password: password.reveal() } },
      belonging,
    );
  }
  for (const phoneNumber of Object.keys(trunk.numbers)) {
    add(phoneNumber, { kind: 'number', phoneNumber });
  }
  for (const destination of destinations(config, trunk)) {
    const text = destinationText(destination);
    add(`to-${destination.host}`, { kind: 'destination', destination: text }, allowed);
  }
  return pulumi.interpolate`Exotel (${name}): in App Bazaar, the flow of each number needs a Connect applet with "Dial whom" sip:${made.id}`;
}
