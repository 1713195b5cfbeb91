import * as pulumi from '@pulumi/pulumi';
import type { DeployConfig } from '../config-schema.ts';
import { livekitSipValues } from '../values/livekit-sip.ts';
import { installChart } from './chart.ts';

export interface LiveKitSipArgs {
  /** The checked configuration; what of it counts is in infra/values/livekit-sip.ts. */
  config: DeployConfig;
}

/** LiveKit's phone door, on the media nodes. */
export class LiveKitSip extends pulumi.ComponentResource {
  constructor(name: string, { config }: LiveKitSipArgs, options?: pulumi.ComponentResourceOptions) {
    super('patchbay:infra:LiveKitSip', name, {}, options);
    installChart(config, 'livekit-sip', livekitSipValues(config), { parent: this });
    this.registerOutputs({});
  }
}
