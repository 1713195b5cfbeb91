import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import type { StackConfig } from '../sample-configs.ts';
import type { Pulumi } from './pulumi-cli.ts';

export interface StackLifeOptions {
  pulumi: Pulumi;
  /** Where Pulumi.yaml is; the stack's file is made beside it and removed again. */
  project: string;
  stack: string;
  /** Keys of the stack's file without `patchbay:`, without secrets. */
  config: StackConfig;
  /** Path inside the configuration → secret. */
  secrets: Readonly<Record<string, string>>;
  /** Context of the kubeconfig. */
  context: string;
  /** What is looked at in the cluster after each step. */
  after: {
    up: (outputs: Record<string, unknown>) => Promise<void>;
    change: () => Promise<void>;
    destroy: () => Promise<void>;
  };
  /** Path inside the configuration and its new value. */
  change: readonly [path: string, value: string];
}

/**
 * A stack's whole life with the real commands: made, previewed, brought up, previewed without a
 * difference, changed, destroyed, removed. What is left when a step fails is destroyed, too.
 * @throws Error with Pulumi's words, or of what `after` saw
 */
export async function liveThrough(options: StackLifeOptions): Promise<void> {
  const { pulumi, project, stack, config, secrets, context, after, change } = options;
  const file = join(project, `Pulumi.${stack}.yaml`);
  const run = (...args: string[]) => pulumi(...args, '--stack', stack);
  const end = async () => {
    await run('destroy', '--yes', '--skip-preview');
    await after.destroy();
    await pulumi('stack', 'rm', stack, '--yes');
  };
  let isOver = false;
  try {
    await pulumi('stack', 'init', stack, '--secrets-provider', 'passphrase');
    await writeConfig(file, { ...config, context });
    for (const [path, secret] of Object.entries(secrets)) {
      await run('config', 'set', '--secret', '--path', path, secret);
    }
    await run('preview');
    await run('up', '--yes', '--skip-preview');
    const outputs = await run('stack', 'output', '--json');
    await after.up(JSON.parse(outputs) as Record<string, unknown>);
    await run('preview', '--expect-no-changes');
    await run('config', 'set', '--path', ...change);
    await run('up', '--yes', '--skip-preview');
    await after.change();
    await run('preview', '--expect-no-changes');
    isOver = true;
    await end();
  } finally {
    // The first error counts; what the cleaning up says is of no use beside it.
    if (!isOver) await end().catch(() => undefined);
    await rm(file, { force: true });
  }
}

/** Beside what `pulumi stack init` wrote there (the salt of the passphrase). */
async function writeConfig(
  file: string,
  { context, ...config }: StackConfig & { context: string },
): Promise<void> {
  const made = parse(await readFile(file, 'utf8')) as Record<string, unknown>;
  const keys = Object.entries(config).map(([key, value]) => [`patchbay:${key}`, value] as const);
  const all = { 'kubernetes:context': context, ...Object.fromEntries(keys) };
  await writeFile(file, stringify({ ...made, config: all }));
}
