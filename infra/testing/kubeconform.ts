import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ControlPlane } from './control-plane-connection.ts';
import type { KubeClient } from './kube-client.ts';
import type { KubeObject } from './kube-object.ts';
import { readSchemas, type Schema } from './openapi-schemas.ts';
import { runTool } from './run-tool.ts';

const PUBLISH_TIMEOUT_MS = 20_000;

interface Report {
  resources: { kind: string; name: string; msg: string }[] | null;
}

// One set of schemas for each control plane, in its folder, which goes when it closes.
const folders = new WeakMap<object, Promise<string>>();

/**
 * Check objects against the schemas of a control plane with kubeconform, unknown fields too.
 * @returns one line for each object at fault; empty if all is well
 * @throws Error if kubeconform itself fails
 */
export async function schemaFaults(
  plane: Pick<ControlPlane, 'client' | 'folder'>,
  objects: readonly KubeObject[],
): Promise<string[]> {
  const known = folders.get(plane.client) ?? writeSchemas(plane);
  folders.set(plane.client, known);
  const location = join(await known, '{{.Group}}_{{.ResourceAPIVersion}}_{{.ResourceKind}}.json');
  const args = ['-strict', '-output', 'json', '-schema-location', location, '-'];
  const stdin = objects.map((object) => JSON.stringify(object)).join('\n---\n');
  const result = await runTool('kubeconform', args, { stdin });
  if (result.stderr !== '') throw new Error(`kubeconform: ${result.stderr.trim()}`);
  const report = JSON.parse(result.stdout) as Report;
  return (report.resources ?? []).map(({ kind, name, msg }) => `${kind} ${name}: ${wordsOf(msg)}`);
}

/** Only the faults: what comes before them names the schema's file and how it was reached. */
function wordsOf(message: string): string {
  const faults = message.split(/ +- (?=at ')/).slice(1);
  const leaves = faults.filter((fault) => !/: validation failed$|^\S+ \S+: '?allOf/.test(fault));
  return leaves.length > 0 ? leaves.join('; ') : message;
}

async function writeSchemas({
  client,
  folder,
}: Pick<ControlPlane, 'client' | 'folder'>): Promise<string> {
  const schemas = await completeSchemas(client);
  const target = join(folder, 'schemas');
  await mkdir(target, { recursive: true });
  const writes = [...schemas].map(([name, schema]) => {
    const parts = name.split('/');
    const kind = parts.pop() ?? '';
    // The same words as in the schema location: the core group has its version for a name.
    const file = `${parts[0]}_${parts.at(-1)}_${kind.toLowerCase()}.json`;
    return writeFile(join(target, file), JSON.stringify(schema));
  });
  await Promise.all(writes);
  return target;
}

/** The server publishes schemas of custom resources a moment after it takes them: ask again. */
async function completeSchemas(client: KubeClient): Promise<Map<string, Schema>> {
  const definitions = await client.list('apiextensions.k8s.io/v1', 'CustomResourceDefinition');
  const expected = definitions.flatMap(({ spec }) => {
    const { group, names, versions } = spec as unknown as CrdSpec;
    const served = versions.filter((version) => version.served);
    return served.map(({ name }) => `${group}/${name}/${names.kind}`);
  });
  const deadline = Date.now() + PUBLISH_TIMEOUT_MS;
  for (;;) {
    const schemas = await readSchemas(client.transport);
    const missing = expected.filter((name) => !schemas.has(name));
    if (missing.length === 0) return schemas;
    if (Date.now() > deadline) throw new Error(`no schema published of ${missing.join(', ')}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

interface CrdSpec {
  group: string;
  names: { kind: string };
  versions: { name: string; served: boolean }[];
}
