import { parseArgs } from 'node:util';
import { remoteFault } from '../driver/loopback.ts';
import { SCRIPTS, type Script } from './scripts.ts';

export interface RunOptions {
  name: string;
  script: Script;
  smoke: boolean;
  /** Files to write besides those in .run. */
  jsonFile: string | undefined;
  htmlFile: string | undefined;
  /** JSON of an earlier run to compare with. */
  baselineFile: string | undefined;
  agent: string;
  /** Where to aim; undefined starts a stack here. */
  target: Readonly<Record<string, string>> | undefined;
  /** Handed on to k6 as they are. */
  k6Env: Readonly<Record<string, string>>;
}

/** What is wrong with what was asked for, with the next step. */
export class UsageError extends Error {}

const TARGET_VARIABLES = [
  'TARGET_API_URL',
  'TARGET_ACCESS_KEY',
  'TARGET_SIP',
  'TARGET_SIP_TRANSPORT',
  'TARGET_NUMBERS',
  'TARGET_TRUNK',
  'DRIVER_LOCAL_ADDRESS',
  'DRIVER_FROM',
  'DRIVER_MAX_CALLS',
] as const;
const K6_VARIABLES = ['CALLS', 'SECONDS', 'DOOR', 'IMPAIR'] as const;

/**
 * @param args script's name and flags
 * @throws {UsageError} naming every fault
 */
export function readOptions(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): RunOptions {
  const { values, positionals } = parse(args);
  const [name = 'mixed', ...more] = positionals;
  const script = SCRIPTS[name];
  const faults: string[] = [];
  if (!script) faults.push(`there is no load test "${name}".\n${scriptList()}`);
  if (more.length > 0) faults.push(`one load test at a time; got ${positionals.join(', ')}`);
  const given = pick(env, TARGET_VARIABLES);
  const target = Object.keys(given).length === 0 ? undefined : given;
  const allowRemote = env['ALLOW_REMOTE'] ?? '';
  if (target && (!target['TARGET_API_URL'] || !target['TARGET_ACCESS_KEY'])) {
    faults.push(
      'to aim at a running stack set TARGET_API_URL and TARGET_ACCESS_KEY (and TARGET_SIP and TARGET_NUMBERS for the phone)',
    );
  }
  for (const variable of ['TARGET_API_URL', 'TARGET_SIP'] as const) {
    const fault = allowRemote === '1' ? undefined : remoteFault(target?.[variable]);
    if (fault) faults.push(`${variable} ${fault}`);
  }
  if (name === 'faults' && target) {
    faults.push('faults needs the provider stand-ins of a local stack; leave TARGET_… out');
  }
  if (!script || faults.length > 0) throw new UsageError(faults.join('\n'));
  return {
    name,
    script,
    smoke: values.smoke,
    jsonFile: values.json || undefined,
    htmlFile: values.html || undefined,
    baselineFile: values.baseline || undefined,
    agent: env['AGENT'] || 'bank',
    target: target && { ...target, ...(allowRemote === '1' ? { ALLOW_REMOTE: '1' } : {}) },
    k6Env: {
      ...pick(env, K6_VARIABLES),
      ...(values.smoke ? { PROFILE: 'smoke' } : {}),
      ...(allowRemote === '1' ? { ALLOW_REMOTE: '1' } : {}),
    },
  };
}

export function scriptList(): string {
  const width = Math.max(...Object.keys(SCRIPTS).map(({ length }) => length));
  return Object.entries(SCRIPTS)
    .map(([name, { about }]) => `  ${name.padEnd(width)}  ${about}`)
    .join('\n');
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        smoke: { type: 'boolean', default: false },
        json: { type: 'string' },
        html: { type: 'string' },
        baseline: { type: 'string' },
      },
    });
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n${scriptList()}`);
  }
}

function pick(
  env: Readonly<Record<string, string | undefined>>,
  names: readonly string[],
): Record<string, string> {
  const entries = names.map((name) => [name, env[name]] as const);
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => (entry[1] ?? '') !== ''),
  );
}
