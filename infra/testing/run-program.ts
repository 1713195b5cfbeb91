import * as pulumi from '@pulumi/pulumi';
import { loadConfig } from '../config.ts';
import { deploy } from '../deploy.ts';

/** Pulumi's mark of a secret in a resource's inputs; the value is under `value`. */
const SECRET_MARK = '4dabf18193072939515e22adb298388d';

export interface RegisteredResource {
  type: string;
  name: string;
  /** As registered, secrets wrapped in Pulumi's mark. */
  inputs: Record<string, unknown>;
  /** False for components. */
  custom: boolean;
}

export interface RegisteredChart {
  /** Name of the release. */
  name: string;
  /** Path of the chart's folder, from the working folder. */
  chart: string;
  namespace: string;
  values: Record<string, unknown>;
}

export interface ProgramRun {
  resources: RegisteredResource[];
  charts: RegisteredChart[];
  /** Manifests that the program makes itself (namespaces, Secrets), secrets in clear. */
  manifests: Record<string, unknown>[];
  outputs: Record<string, unknown>;
}

/**
 * Run the whole Pulumi program without Pulumi's engine and say what it registered.
 *
 * @param config keys as in Pulumi.<stack>.yaml, without `patchbay:`, secrets in clear
 * @throws {pulumi.RunError} naming every fault of the configuration
 */
export async function runProgram(
  config: Readonly<Record<string, unknown>>,
  stack = 'test',
): Promise<ProgramRun> {
  const resources: RegisteredResource[] = [];
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs, custom }) => {
        const given = inputs as Record<string, unknown>;
        resources.push({ type, name, inputs: given, custom: custom ?? false });
        return { id: `${name}-id`, state: given };
      },
      call: ({ token }) => {
        throw new Error(`the program calls ${token}, which only a cluster can answer`);
      },
    },
    'patchbay',
    stack,
    false,
  );
  pulumi.runtime.setAllConfig(
    Object.fromEntries(
      Object.entries(config).map(([key, value]) => [`patchbay:${key}`, JSON.stringify(value)]),
    ),
  );
  const outputs = await resolved(deploy(loadConfig()));
  await quiet(resources);
  await pulumi.runtime.disconnect();
  // Registration is asynchronous: the order says nothing.
  resources.sort((one, other) =>
    `${one.type}${one.name}` < `${other.type}${other.name}` ? -1 : 1,
  );
  return { resources, charts: chartsOf(resources), manifests: manifestsOf(resources), outputs };
}

/** A value without Pulumi's marks: secrets in clear. */
export function revealed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(revealed);
  if (typeof value !== 'object' || value === null) return value;
  if (SECRET_MARK in value && 'value' in value) return revealed(value.value);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, revealed(item)]));
}

/** A value with `[secret]` in the place of every secret. */
export function withoutSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (typeof value !== 'object' || value === null) return value;
  if (SECRET_MARK in value) return '[secret]';
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, withoutSecrets(item)]),
  );
}

function chartsOf(resources: readonly RegisteredResource[]): RegisteredChart[] {
  return resources
    .filter(({ type }) => type === 'kubernetes:helm.sh/v4:Chart')
    .map(({ name, inputs }) => ({
      name,
      chart: String(inputs.chart),
      namespace: String(inputs.namespace),
      values: inputs.values as Record<string, unknown>,
    }));
}

function manifestsOf(resources: readonly RegisteredResource[]): Record<string, unknown>[] {
  return resources
    .filter(({ type }) => type.startsWith('kubernetes:core/'))
    .map(({ inputs }) => revealed(inputs) as Record<string, unknown>);
}

async function resolved(outputs: object): Promise<Record<string, unknown>> {
  return new Promise((resolve) => {
    pulumi.output(outputs).apply((values) => resolve(values as Record<string, unknown>));
  });
}

/** Wait until no more resources come. Registration ends in promises only, so turns of the event loop tell. */
async function quiet(resources: readonly RegisteredResource[]): Promise<void> {
  const TURNS = 50;
  let seen = -1;
  for (let turn = 0; turn < TURNS || resources.length !== seen; turn++) {
    if (resources.length !== seen) {
      seen = resources.length;
      turn = 0;
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}
