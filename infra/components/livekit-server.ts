import * as pulumi from '@pulumi/pulumi';
import type { DeployConfig } from '../config-schema.ts';
import { livekitServerValues } from '../values/livekit-server.ts';
import { installChart } from './chart.ts';

export interface LiveKitServerArgs {
  /** The checked configuration; what of it counts is in infra/values/livekit-server.ts. */
  config: DeployConfig;
}

/** LiveKit of our own, on the media nodes. */
export class LiveKitServer extends pulumi.ComponentResource {
  constructor(
    name: string,
    { config }: LiveKitServerArgs,
    options?: pulumi.ComponentResourceOptions,
  ) {
    super('patchbay:infra:LiveKitServer', name, {}, options);
    installChart(config, 'livekit-server', livekitServerValues(config), { parent: this });
    this.registerOutputs({});
  }
}
