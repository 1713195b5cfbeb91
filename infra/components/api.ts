import * as pulumi from '@pulumi/pulumi';
import type { DeployConfig } from '../config-schema.ts';
import { apiValues } from '../values/api.ts';
import { installChart } from './chart.ts';

export interface ApiArgs {
  /** The checked configuration; what of it counts is in infra/values/api.ts. */
  config: DeployConfig;
}

/** The token API with the web page. */
export class Api extends pulumi.ComponentResource {
  constructor(name: string, { config }: ApiArgs, options?: pulumi.ComponentResourceOptions) {
    super('patchbay:infra:Api', name, {}, options);
    installChart(config, 'api', apiValues(config), { parent: this });
    this.registerOutputs({});
  }
}
