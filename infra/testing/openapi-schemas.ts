import type { KubeTransport } from './kube-transport.ts';

/** A JSON schema, or a piece of one. */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  items?: Schema;
  nullable?: boolean;
  [keyword: string]: unknown;
}

interface OpenApi {
  components?: { schemas?: Record<string, Schema> };
}

interface GroupVersionKind {
  group: string;
  version: string;
  kind: string;
}

const COMPONENTS = '#/components/schemas/';
const KINDS = 'x-kubernetes-group-version-kind';

/**
 * A JSON schema of every kind an API server knows, custom resources too, from its OpenAPI v3.
 * Unknown fields are faults in them.
 * @returns schemas by apiVersion and kind, as in `apps/v1/Deployment`
 */
export async function readSchemas(transport: KubeTransport): Promise<Map<string, Schema>> {
  const index = await transport.send<{ paths: Record<string, { serverRelativeURL: string }> }>({
    method: 'GET',
    path: '/openapi/v3',
  });
  // Only groups with a version define kinds: api/v1, apis/apps/v1.
  const paths = Object.entries(index.body.paths).filter(([path]) => /\/v\d[^/]*$/.test(path));
  const schemas = new Map<string, Schema>();
  await Promise.all(
    paths.map(async ([, { serverRelativeURL: path }]) => {
      const { body } = await transport.send<OpenApi>({ method: 'GET', path });
      for (const [name, schema] of kindsOf(body)) schemas.set(name, schema);
    }),
  );
  return schemas;
}

/** Schemas of the kinds of one group and version, each with the definitions it refers to. */
export function kindsOf(document: OpenApi): Map<string, Schema> {
  const components = document.components?.schemas ?? {};
  const found = new Map<string, Schema>();
  for (const [component, schema] of Object.entries(components)) {
    const kinds = schema[KINDS] as GroupVersionKind[] | undefined;
    // Options such as DeleteOptions carry every group; an object has one.
    const [only, ...others] = kinds ?? [];
    if (!only || others.length > 0) continue;
    const apiVersion = only.group ? `${only.group}/${only.version}` : only.version;
    found.set(`${apiVersion}/${only.kind}`, standalone(component, components));
  }
  return found;
}

function standalone(component: string, components: Record<string, Schema>): Schema {
  const $defs: Record<string, Schema> = {};
  const pending = [component];
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (name in $defs) continue;
    const text = JSON.stringify(components[name] ?? {});
    for (const [, next = ''] of text.matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)) {
      pending.push(next);
    }
    $defs[name] = strict(JSON.parse(text.replaceAll(COMPONENTS, '#/$defs/')) as Schema);
  }
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $ref: `#/$defs/${component}`,
    $defs,
  };
}

/**
 * Refuse unknown fields. `oneOf` and its like are left as they are: in Kubernetes' schemas they
 * only restrict fields that are declared beside them.
 */
function strict(schema: Schema): Schema {
  const { properties, items, additionalProperties, nullable, ...rest } = schema;
  const closed: Schema = { ...rest };
  if (items) closed.items = strict(items);
  if (typeof additionalProperties === 'object') {
    closed.additionalProperties = strict(additionalProperties);
  } else if (additionalProperties !== undefined) {
    closed.additionalProperties = additionalProperties;
  }
  if (properties) {
    const entries = Object.entries(properties).map(
      ([name, value]) => [name, strict(value)] as const,
    );
    closed.properties = Object.fromEntries(entries);
    const open = rest['x-kubernetes-preserve-unknown-fields'] === true;
    if (additionalProperties === undefined && !open) closed.additionalProperties = false;
  }
  if (rest['x-kubernetes-int-or-string'] === true) closed.type = ['integer', 'string'];
  // Kubernetes takes null for a field that is left out, so charts may render it.
  if (nullable && typeof closed.type === 'string') closed.type = [closed.type, 'null'];
  return closed;
}
