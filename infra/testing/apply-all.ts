import type { ApplyOptions, KubeClient } from './kube-client.ts';
import { conditionOf, describeRef, type KubeObject } from './kube-object.ts';
import { waitFor } from './wait-for.ts';

/** What others need comes first; the rest keeps its order. */
const FIRST = ['CustomResourceDefinition', 'Namespace', 'PriorityClass', 'ServiceAccount'];

/**
 * Server-side apply of many objects. Waits until new kinds can be used.
 * @returns the warnings of the server, each once
 * @throws Error that names every object refused, with the server's words
 */
export async function applyAll(
  client: KubeClient,
  objects: readonly KubeObject[],
  options: ApplyOptions = {},
): Promise<string[]> {
  const warnings = new Set<string>();
  const refused: Error[] = [];
  const applyOne = async (object: KubeObject) => {
    try {
      const result = await client.apply(object, options);
      for (const warning of result.warnings) warnings.add(warning);
      const { apiVersion, kind, metadata } = object;
      if (kind !== 'CustomResourceDefinition' || options.dryRun) return;
      await waitFor(client, { apiVersion, kind, name: metadata.name }, isEstablished, {
        what: 'Established',
      });
    } catch (error) {
      refused.push(new Error(`${describeObject(object)}: ${messageOf(error)}`, { cause: error }));
    }
  };
  for (const kind of FIRST) {
    await Promise.all(objects.filter((object) => object.kind === kind).map(applyOne));
  }
  for (const object of objects) if (!FIRST.includes(object.kind)) await applyOne(object);
  if (refused.length > 0) {
    const cause = refused.length === 1 ? refused[0]?.cause : new AggregateError(refused);
    throw new Error(refused.map(({ message }) => message).join('\n'), { cause });
  }
  return [...warnings];
}

function isEstablished(crd: KubeObject | undefined): boolean {
  return crd !== undefined && conditionOf(crd, 'Established')?.status === 'True';
}

function describeObject({ apiVersion, kind, metadata }: KubeObject): string {
  const { name, namespace } = metadata;
  return describeRef({ apiVersion, kind, name, ...(namespace ? { namespace } : {}) });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
