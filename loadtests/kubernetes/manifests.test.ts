import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { loadDriverConfig } from '../driver/config.ts';

const folder = import.meta.dirname;

const envSchema = z.array(
  z.union([
    z.strictObject({ name: z.string(), value: z.string() }),
    z.strictObject({ name: z.string(), valueFrom: z.record(z.string(), z.unknown()) }),
  ]),
);
const deploymentSchema = z.object({
  kind: z.literal('Deployment'),
  metadata: z.object({ name: z.string() }),
  spec: z.object({
    selector: z.object({ matchLabels: z.record(z.string(), z.string()) }),
    template: z.object({
      metadata: z.object({ labels: z.record(z.string(), z.string()) }),
      spec: z.object({
        containers: z.tuple([
          z.object({
            env: envSchema,
            ports: z.tuple([z.object({ name: z.string(), containerPort: z.number() })]),
          }),
        ]),
      }),
    }),
  }),
});
const serviceSchema = z.object({
  kind: z.literal('Service'),
  metadata: z.object({ name: z.string() }),
  spec: z.object({
    selector: z.record(z.string(), z.string()),
    sessionAffinity: z.literal('ClientIP'),
    ports: z.tuple([z.object({ port: z.number(), targetPort: z.string() })]),
  }),
});
/** The fields of the operator's resource that are used, as its custom resource definition has them. */
const testRunSchema = z.strictObject({
  apiVersion: z.literal('k6.io/v1alpha1'),
  kind: z.literal('TestRun'),
  metadata: z.strictObject({ name: z.string() }),
  spec: z.strictObject({
    parallelism: z.number().int().min(1),
    script: z.strictObject({
      configMap: z.strictObject({ name: z.string(), file: z.string().endsWith('.tar') }),
    }),
    cleanup: z.literal('post'),
    arguments: z.string(),
    runner: z.strictObject({
      env: envSchema,
      resources: z.object({ requests: z.object({ memory: z.string() }) }),
      securityContext: z.object({ runAsNonRoot: z.literal(true) }),
      containerSecurityContext: z.object({ allowPrivilegeEscalation: z.literal(false) }),
    }),
  }),
});

function documents(file: string): unknown[] {
  return parseAllDocuments(readFileSync(join(folder, file), 'utf8')).map((document): unknown => {
    expect(document.errors).toEqual([]);
    return document.toJS() as unknown;
  });
}

const [first, second] = documents('driver.yaml');
const deployment = deploymentSchema.parse(first);
const service = serviceSchema.parse(second);
const testRun = testRunSchema.parse(documents('testrun.yaml')[0]);
const [driver] = deployment.spec.template.spec.containers;

describe('the call driver as pods', () => {
  it('starts with the settings it is given', () => {
    const env = driver.env.map((one) => [one.name, 'value' in one ? one.value : '10.0.0.1']);
    const config = loadDriverConfig(Object.fromEntries(env) as Record<string, string>);
    expect(config).toMatchObject({ host: '0.0.0.0', port: driver.ports[0].containerPort });
    expect(config.sip).toBeDefined();
    expect(Object.keys(config.numbers)).toContain('bank');
  });

  it('is found by its Service', () => {
    const { labels } = deployment.spec.template.metadata;
    expect(labels).toMatchObject(service.spec.selector);
    expect(deployment.spec.selector.matchLabels).toEqual(service.spec.selector);
    expect(service.spec.ports[0].targetPort).toBe(driver.ports[0].name);
  });

  it('is steered by the test run of a script that exists', () => {
    const value = (name: string) =>
      testRun.spec.runner.env.flatMap((one) =>
        one.name === name && 'value' in one ? [one.value] : [],
      )[0];
    const { metadata, spec } = service;
    expect(value('DRIVER_URL')).toBe(`http://${metadata.name}:${spec.ports[0].port}`);
    expect(value('ALLOW_REMOTE')).toBe('1');
    const script = testRun.spec.script.configMap.file.replace('.tar', '.ts');
    expect(readdirSync(join(folder, '..'))).toContain(script);
  });
});
