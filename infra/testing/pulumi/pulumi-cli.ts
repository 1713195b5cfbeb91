import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const OUTPUT_BYTES = 64_000_000;
const DEFAULT_TIMEOUT_MS = 600_000;

/** The version that the program's library and the CLI's plug-in have to share. */
export const PROVIDER_VERSION = (
  createRequire(import.meta.url)('@pulumi/kubernetes/package.json') as { version: string }
).version;

export interface PulumiOptions {
  /** Path of the program. */
  program: string;
  /** Where the project is. */
  project: string;
  /** Folder of the state, instead of Pulumi's cloud. */
  backend: string;
  /** Of the secrets in the state. */
  passphrase: string;
  kubeconfig: string;
  /** What the program gets of ours: PATH, and HOME, where its plug-ins are. */
  inherit: Readonly<Record<string, string>>;
  /** Told each command before it runs. */
  progress?: (words: string) => void;
}

/** Runs one Pulumi command. @throws Error with the last of its words if its status is not 0 */
export type Pulumi = (...args: readonly string[]) => Promise<string>;

/** A Pulumi that keeps its state in a folder and asks nobody anything. */
export function pulumiOn(options: PulumiOptions): Pulumi {
  const { program, project, backend, passphrase, kubeconfig, inherit, progress } = options;
  const env = {
    ...inherit,
    KUBECONFIG: kubeconfig,
    PULUMI_BACKEND_URL: `file://${backend}`,
    PULUMI_CONFIG_PASSPHRASE: passphrase,
    PULUMI_SKIP_UPDATE_CHECK: 'true',
    NO_COLOR: '1',
  };
  return async (...args) => {
    progress?.(`pulumi ${args.filter((arg) => !arg.startsWith('--')).join(' ')}`);
    const words = [...args, '--non-interactive', '--cwd', project];
    try {
      const limits = { timeout: DEFAULT_TIMEOUT_MS, maxBuffer: OUTPUT_BYTES };
      return (await execute(program, words, { env, ...limits })).stdout;
    } catch (error) {
      const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
      const last = `${stdout}\n${stderr}`.trim().split('\n').slice(-30).join('\n');
      throw new Error(`pulumi ${args[0]} failed:\n${last}`, { cause: error });
    }
  };
}

/** A Pulumi that can be used, or why there is none and what to do about it. */
export type FoundPulumi = { program: string } | { missing: string };

/**
 * Look for the CLI on PATH and for the plug-in it needs.
 * @param path as in PATH
 * @param home where the CLI keeps its plug-ins
 */
export async function findPulumi(path: string, home: string): Promise<FoundPulumi> {
  const program = await onPath(path);
  if (program === undefined) {
    return {
      missing:
        'there is no pulumi on PATH. Install the CLI (https://www.pulumi.com/docs/iac/download-install/), ' +
        `then: pulumi plugin install resource kubernetes ${PROVIDER_VERSION}`,
    };
  }
  const { stdout } = await execute(program, ['plugin', 'ls', '--json'], {
    env: { PATH: path, HOME: home, PULUMI_SKIP_UPDATE_CHECK: 'true' },
  });
  const plugins = JSON.parse(stdout) as { name: string; kind: string; version?: string }[];
  const isThere = plugins.some(
    ({ name, kind, version }) =>
      name === 'kubernetes' && kind === 'resource' && version === PROVIDER_VERSION,
  );
  if (isThere) return { program };
  return {
    missing:
      `the plug-in kubernetes ${PROVIDER_VERSION} is not there. ` +
      `Install it: pulumi plugin install resource kubernetes ${PROVIDER_VERSION}`,
  };
}

async function onPath(path: string): Promise<string | undefined> {
  for (const folder of path.split(delimiter).filter(Boolean)) {
    const program = join(folder, 'pulumi');
    const isThere = await access(program, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return program;
  }
  return undefined;
}
