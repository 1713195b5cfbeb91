import * as pulumi from '@pulumi/pulumi';
import type { DeployConfig } from '../config-schema.ts';
import { monitoringValues } from '../values/monitoring.ts';
import { installChart } from './chart.ts';

export interface MonitoringArgs {
  /** The checked configuration; what of it counts is in infra/values/monitoring.ts. */
  config: DeployConfig;
}

/** PodMonitors, rules and dashboards, for a Prometheus operator and a Grafana that are there. */
export class Monitoring extends pulumi.ComponentResource {
  constructor(name: string, { config }: MonitoringArgs, options?: pulumi.ComponentResourceOptions) {
    super('patchbay:infra:Monitoring', name, {}, options);
    installChart(config, 'monitoring', monitoringValues(config), { parent: this });
    this.registerOutputs({});
  }
}
