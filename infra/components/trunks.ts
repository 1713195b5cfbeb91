import * as pulumi from '@pulumi/pulumi';
import type { DeployConfig } from '../config-schema.ts';
import { doorOf } from '../config-trunks.ts';
import { exotelTrunkResources } from './trunk-exotel.ts';
import { livekitTrunkResources } from './trunk-livekit.ts';
import { twilioTrunkResources } from './trunk-twilio.ts';

export interface TrunksArgs {
  config: DeployConfig;
}

/** Everything outside the cluster that makes numbers ring: at the carriers, and in LiveKit SIP. */
export class Trunks extends pulumi.ComponentResource {
  /** What has to be set by hand at the carriers, where they have no API for it. */
  readonly byHand: pulumi.Output<string[]>;

  constructor(name: string, { config }: TrunksArgs, options?: pulumi.ComponentResourceOptions) {
    super('patchbay:infra:Trunks', name, {}, options);
    const byHand: pulumi.Output<string>[] = [];
    for (const trunk of config.trunks) {
      if (doorOf(trunk) === 'livekit') livekitTrunkResources(config, trunk, this);
      if (trunk.kind === 'exotel') byHand.push(exotelTrunkResources(config, trunk, this));
      if (trunk.kind === 'twilio') twilioTrunkResources(config, trunk, this);
    }
    this.byHand = pulumi.all(byHand);
    this.registerOutputs({ byHand: this.byHand });
  }
}
