import * as k8s from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import type { DeployConfig } from '../config-schema.ts';

export interface NamespacesArgs {
  config: DeployConfig;
}

/**
 * The two namespaces. `apps` takes only pods of Pod Security level `restricted`. `media` must let
 * hostNetwork in, which only `privileged` does; it warns of everything else that is not `restricted`.
 */
export class Namespaces extends pulumi.ComponentResource {
  constructor(name: string, { config }: NamespacesArgs, options?: pulumi.ComponentResourceOptions) {
    super('patchbay:infra:Namespaces', name, {}, options);
    if (config.namespaces.create) {
      this.#make('apps', config.namespaces.apps, 'restricted');
      this.#make('media', config.namespaces.media, 'privileged');
    }
    this.registerOutputs({});
  }

  #make(name: string, namespace: string, enforce: 'restricted' | 'privileged'): void {
    const level = 'pod-security.kubernetes.io';
    new k8s.core.v1.Namespace(
      `namespace-${name}`,
      {
        metadata: {
          name: namespace,
          labels: {
            'app.kubernetes.io/part-of': 'patchbay',
            [`${level}/enforce`]: enforce,
            [`${level}/audit`]: 'restricted',
            [`${level}/warn`]: 'restricted',
          },
        },
      },
      { parent: this },
    );
  }
}
