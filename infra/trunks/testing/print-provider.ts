import * as pulumi from '@pulumi/pulumi';
import { lazyProvider } from '../lazy-provider.ts';
import type { ResourceKind } from '../registry.ts';

// Prints what Pulumi writes into the state for the provider of the kind in argv.
const kind = process.argv[2] as ResourceKind;
const provider = lazyProvider(kind);
const { text } = await pulumi.runtime.serializeFunction(() => provider, { allowSecrets: true });
process.stdout.write(text);
