import * as pulumi from '@pulumi/pulumi';
import type { DeployConfig } from '../config-schema.ts';
import { redisValues } from '../values/redis.ts';
import { installChart } from './chart.ts';

export interface RedisArgs {
  /** The checked configuration; what of it counts is in infra/values/redis.ts. */
  config: DeployConfig;
}

/** A Redis that forgets everything: for development only. */
export class Redis extends pulumi.ComponentResource {
  constructor(name: string, { config }: RedisArgs, options?: pulumi.ComponentResourceOptions) {
    super('patchbay:infra:Redis', name, {}, options);
    installChart(config, 'redis', redisValues(config), { parent: this });
    this.registerOutputs({});
  }
}
