import { describe, expect, it } from 'vitest';
import { parseManifests } from './helm.ts';

const service = 'apiVersion: v1\nkind: Service\nmetadata:\n  name: api\n';

describe('the objects of rendered YAML', () => {
  it('leaves out documents that hold nothing but a comment', () => {
    const text = `---\n# Source: api/templates/a.yaml\n---\n# Source: api/templates/b.yaml\n${service}`;
    expect(parseManifests(text)).toEqual([
      { apiVersion: 'v1', kind: 'Service', metadata: { name: 'api' } },
    ]);
  });

  it('gives nothing for an empty output', () => {
    expect(parseManifests('')).toEqual([]);
  });

  it.each([
    ['yes', true],
    ['off', false],
    ['"yes"', 'yes'],
    ['0640', 0o640],
    ['5060:5061', '5060:5061'],
    ['1:30', '1:30'],
    ['2026-01-01', '2026-01-01'],
  ])('reads %s as Kubernetes does', (written, read) => {
    const [object] = parseManifests(`${service}data:\n  value: ${written}\n`);
    expect(object?.data).toEqual({ value: read });
  });

  it('names the template of a document that is no object', () => {
    const text = `---\n# Source: api/templates/list.yaml\nport: 8080\n`;
    expect(() => parseManifests(text)).toThrow(
      'api/templates/list.yaml: a document without apiVersion, kind or metadata.name',
    );
  });

  it('names the template of broken YAML', () => {
    const text = `---\n# Source: api/templates/bad.yaml\n${service}data: [a\n`;
    expect(() => parseManifests(text)).toThrow(/^api\/templates\/bad\.yaml: /);
  });

  it('refuses a key that is written twice', () => {
    expect(() => parseManifests(`${service}kind: Secret\n`)).toThrow(/unique/);
  });
});
