import { describe, expect, it } from 'vitest';
import { kindsOf, type Schema } from './openapi-schemas.ts';

const pod = { group: '', version: 'v1', kind: 'Pod' };

function schemaOf(properties: Record<string, Schema>, others: Record<string, Schema> = {}) {
  const schemas = {
    Pod: { type: 'object', properties, 'x-kubernetes-group-version-kind': [pod] },
    ...others,
  };
  const schema = kindsOf({ components: { schemas } }).get('v1/Pod');
  return schema?.$defs as Record<string, Schema>;
}

describe('JSON schemas from an OpenAPI document', () => {
  it('carry the definitions they refer to, and no others', () => {
    const spec = { $ref: '#/components/schemas/Spec' };
    const others = { Spec: { type: 'object', properties: { host: { type: 'string' } } } };
    const definitions = schemaOf({ spec }, { ...others, Other: {} });
    expect(Object.keys(definitions).sort()).toEqual(['Pod', 'Spec']);
    expect(definitions.Pod?.properties?.spec).toEqual({ $ref: '#/$defs/Spec' });
  });

  it('refuse fields that are not declared', () => {
    const definitions = schemaOf({ list: { items: { properties: { a: {} } } } });
    expect(definitions.Pod?.additionalProperties).toBe(false);
    expect(definitions.Pod?.properties?.list?.items?.additionalProperties).toBe(false);
  });

  it('leave maps and what keeps unknown fields open', () => {
    const labels = { type: 'object', additionalProperties: { type: 'string' } };
    const kept = { properties: { a: {} }, 'x-kubernetes-preserve-unknown-fields': true };
    const definitions = schemaOf({ labels, kept });
    expect(definitions.Pod?.properties?.labels).toEqual(labels);
    expect(definitions.Pod?.properties?.kept?.additionalProperties).toBeUndefined();
  });

  it('take a number for a port that may have a name', () => {
    const definitions = schemaOf({ port: { 'x-kubernetes-int-or-string': true } });
    expect(definitions.Pod?.properties?.port?.type).toEqual(['integer', 'string']);
  });

  it('leave out what carries the version of many groups', () => {
    const many = { 'x-kubernetes-group-version-kind': [pod, { ...pod, group: 'apps' }] };
    expect([...kindsOf({ components: { schemas: { DeleteOptions: many } } }).keys()]).toEqual([]);
  });
});
