import type * as pulumi from '@pulumi/pulumi';
import type { ProviderMethods } from './provider-methods.ts';
import type { ResourceKind } from './registry.ts';

type Props = Record<string, unknown>;

/**
 * A dynamic provider that holds nothing but its kind. Pulumi writes a provider into the state as
 * text and runs that text in another process, so the real code stays out of it: it is loaded from
 * `infra/trunks/registry.ts` of the working folder or of a folder above it. The text is the same on
 * every machine, so it makes no diff of its own.
 *
 * Needs Node's type stripping and `require` of ES modules: Node 22.18 or newer.
 */
export function lazyProvider(kind: ResourceKind): pulumi.dynamic.ResourceProvider {
  // Nothing in here may name an import: the text has to stand alone.
  const load = (): ProviderMethods => {
    const { existsSync } = process.getBuiltinModule('node:fs');
    const path = process.getBuiltinModule('node:path');
    const { createRequire } = process.getBuiltinModule('node:module');
    for (let folder = process.cwd(); ; folder = path.dirname(folder)) {
      const file = path.join(folder, 'infra', 'trunks', 'registry.ts');
      if (existsSync(file)) {
        const loaded = createRequire(file)(file) as {
          methodsOf: (kind: string) => ProviderMethods;
        };
        return loaded.methodsOf(kind);
      }
      if (path.dirname(folder) === folder) {
        throw new Error(
          `infra/trunks/registry.ts was not found from ${process.cwd()}: run pulumi inside the repository`,
        );
      }
    }
  };
  return {
    diff: (id: string, olds: Props, news: Props) => Promise.resolve(load().diff(id, olds, news)),
    create: (inputs: Props) => load().create(inputs),
    read: (id: string, props: Props) => load().read(id, props),
    update: (id: string, olds: Props, news: Props) => load().update(id, olds, news),
    delete: (id: string, props: Props) => load().delete(id, props),
  };
}
