import * as pulumi from '@pulumi/pulumi';
import type { DeployConfig } from '../config-schema.ts';
import { agentValues } from '../values/agent.ts';
import { installChart } from './chart.ts';

export interface AgentArgs {
  /** The checked configuration; what of it counts is in infra/values/agent.ts. */
  config: DeployConfig;
}

/** The agent workers. */
export class Agent extends pulumi.ComponentResource {
  constructor(name: string, { config }: AgentArgs, options?: pulumi.ComponentResourceOptions) {
    super('patchbay:infra:Agent', name, {}, options);
    installChart(config, 'agent', agentValues(config), { parent: this });
    this.registerOutputs({});
  }
}
