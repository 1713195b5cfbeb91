import type * as pulumi from '@pulumi/pulumi';
import type { DeployConfig } from '../config-schema.ts';
import type { TwilioTrunkConfig } from '../config-trunks.ts';
import { destinations, destinationText } from '../destinations.ts';
import { TrunkResource } from '../trunks/resource.ts';

/** All destinations of one priority: Twilio shares the calls among them and goes on to the next when one is down. */
const PRIORITY = 10;
const WEIGHT = 10;

/** Twilio's half of a trunk: the trunk, where it sends calls, its numbers. */
export function twilioTrunkResources(
  config: DeployConfig,
  trunk: TwilioTrunkConfig,
  parent: pulumi.Resource,
): void {
  const { name, twilio } = trunk;
  const access = {
    accountSid: twilio.accountSid,
    user: twilio.user,
    password: twilio.password.reveal(),
  };
  const made = new TrunkResource(
    'twilio-trunk',
    `${name}-twilio`,
    {
      access,
      name: `patchbay-${name}`,
      domainName: twilio.domainName ?? '',
      secure: trunk.secure,
    },
    { parent },
  );
  // Twilio removes URLs with their trunk; numbers are taken off first.
  for (const destination of destinations(config, trunk)) {
    new TrunkResource(
      'twilio-origination-url',
      `${name}-to-${destination.host}`,
      {
        access,
        trunkSid: made.id,
        name: `patchbay-${name}`,
        sipUrl: `sip:${destinationText(destination)}`,
        priority: PRIORITY,
        weight: WEIGHT,
      },
      { parent: made, deletedWith: made },
    );
  }
  for (const phoneNumber of Object.keys(trunk.numbers)) {
    new TrunkResource(
      'twilio-phone-number',
      `${name}-${phoneNumber}`,
      { access, trunkSid: made.id, phoneNumber },
      { parent: made },
    );
  }
}
