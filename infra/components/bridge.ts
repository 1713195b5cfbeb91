import * as pulumi from '@pulumi/pulumi';
import type { DeployConfig } from '../config-schema.ts';
import { bridgeValues } from '../values/bridge.ts';
import { installChart } from './chart.ts';

export interface BridgeArgs {
  /** The checked configuration; what of it counts is in infra/values/bridge.ts. */
  config: DeployConfig;
}

/** Our own phone door, with drachtio-server beside it, on the media nodes. */
export class Bridge extends pulumi.ComponentResource {
  constructor(name: string, { config }: BridgeArgs, options?: pulumi.ComponentResourceOptions) {
    super('patchbay:infra:Bridge', name, {}, options);
    installChart(config, 'bridge', bridgeValues(config), { parent: this });
    this.registerOutputs({});
  }
}
