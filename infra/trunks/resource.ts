import * as pulumi from '@pulumi/pulumi';
import { lazyProvider } from './lazy-provider.ts';
import type { ResourceKind } from './registry.ts';

/** Inputs whose values never stand in the state in clear. */
const SECRET_INPUTS = ['access', 'auth'];

/** One provider a kind: Pulumi writes each provider object into text once, which takes a while. */
const providers = new Map<ResourceKind, pulumi.dynamic.ResourceProvider>();

/**
 * A thing at a carrier or at LiveKit, kept in step by {@link lazyProvider}. Its id is the id over there.
 * `access` and `auth` among the inputs are made secrets, whatever the caller gave.
 */
export class TrunkResource extends pulumi.dynamic.Resource {
  constructor(
    kind: ResourceKind,
    name: string,
    inputs: pulumi.Inputs,
    options: pulumi.CustomResourceOptions,
  ) {
    const guarded = Object.fromEntries(
      Object.entries(inputs).map(([key, value]: [string, unknown]) => [
        key,
        SECRET_INPUTS.includes(key) ? pulumi.secret(value) : value,
      ]),
    );
    super(
      providerOf(kind),
      name,
      guarded,
      pulumi.mergeOptions(options, { additionalSecretOutputs: SECRET_INPUTS }),
      'patchbay',
      typeName(kind),
    );
  }
}

function providerOf(kind: ResourceKind): pulumi.dynamic.ResourceProvider {
  const provider = providers.get(kind) ?? lazyProvider(kind);
  providers.set(kind, provider);
  return provider;
}

/** `livekit-inbound-trunk` → `LivekitInboundTrunk` */
function typeName(kind: string): string {
  return kind
    .split('-')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
}
