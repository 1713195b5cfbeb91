import * as k8s from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import type { DeployConfig } from '../config-schema.ts';
import { secretSpecs } from '../values/secrets.ts';

export interface SecretsArgs {
  config: DeployConfig;
}

/** The Secrets that the charts name. Their values are Pulumi secrets: encrypted in the state. */
export class Secrets extends pulumi.ComponentResource {
  constructor(name: string, { config }: SecretsArgs, options?: pulumi.ComponentResourceOptions) {
    super('patchbay:infra:Secrets', name, {}, options);
    for (const { name: secretName, namespace, data } of secretSpecs(config)) {
      const stringData = Object.fromEntries(
        Object.entries(data).map(([key, value]) => [key, pulumi.secret(value.reveal())]),
      );
      new k8s.core.v1.Secret(
        `${namespace}-${secretName}`,
        {
          metadata: {
            name: secretName,
            namespace,
            labels: { 'app.kubernetes.io/part-of': 'patchbay' },
          },
          stringData,
        },
        { parent: this },
      );
    }
    this.registerOutputs({});
  }
}
