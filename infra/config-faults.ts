import type { z } from 'zod';
import { crossFaults } from './config-checks.ts';
import { configSchema, type DeployConfig } from './config-schema.ts';
import type { Fault } from './fault.ts';

const SECRET_NAME = /(key|keys|secret|token|password)$/i;

/** The configuration can't be used. Carries every fault at once. */
export class ConfigFaults extends Error {
  readonly faults: readonly Fault[];

  constructor(faults: readonly Fault[]) {
    const lines = faults.map(({ key, problem }) => `  ${key}: ${problem}`);
    super(
      `The stack's configuration has ${faults.length} fault(s); nothing was touched:\n${lines.join('\n')}\n` +
        'Every key is explained in Pulumi.prod.example.yaml. Secrets: pulumi config set --secret --path <key> <value>',
    );
    this.name = 'ConfigFaults';
    this.faults = faults;
  }
}

/**
 * Check a whole configuration, keys without `patchbay:`.
 *
 * @throws {ConfigFaults} naming every fault, secrets never shown
 */
export function parseConfig(given: Readonly<Record<string, unknown>>): DeployConfig {
  const result = configSchema.safeParse(given, { error: inWords });
  if (!result.success) {
    throw new ConfigFaults(result.error.issues.flatMap((issue) => faultsOf(issue, given)));
  }
  const faults = crossFaults(result.data);
  if (faults.length > 0) throw new ConfigFaults(faults);
  return result.data;
}

/** Words for what the schema has none of its own for. */
function inWords(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? 'is not set' : `must be ${article(issue.expected)}`;
    case 'invalid_value':
      return `must be ${issue.values.map((value) => JSON.stringify(value)).join(' or ')}`;
    case 'too_small':
      return issue.origin === 'string'
        ? 'must not be empty'
        : `must be at least ${String(issue.minimum)}`;
    case 'too_big':
      return `must be at most ${String(issue.maximum)}`;
    case 'invalid_union': {
      const key = issue.discriminator ?? 'value';
      return `${key} must be one of those in Pulumi.prod.example.yaml`;
    }
    default:
      return undefined;
  }
}

function faultsOf(issue: z.core.$ZodIssue, given: unknown): Fault[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      key: keyOf([...issue.path, key]),
      problem: 'is no key of Patchbay; a typing mistake?',
    }));
  }
  if (issue.code === 'invalid_key') {
    const name = String(issue.path.at(-1));
    const problem = issue.issues[0]?.message ?? 'is not allowed';
    return [{ key: keyOf(issue.path.slice(0, -1)), problem: `"${name}" ${problem}` }];
  }
  if (issue.code === 'invalid_union' && !issue.discriminator) {
    const nearest = issue.errors.find((issues) => !issues.some(isOfAnotherKind));
    if (nearest) {
      return nearest.flatMap((inner) =>
        faultsOf({ ...inner, path: [...issue.path, ...inner.path] }, given),
      );
    }
    // What is given in the wrong shape may well be a secret.
    return [{ key: keyOf(issue.path), problem: issue.message }];
  }
  return [{ key: keyOf(issue.path), problem: `${issue.message}${shown(issue.path, given)}` }];
}

/** The value is no text, group or list where this way to write it wants one. */
function isOfAnotherKind({ code, path }: z.core.$ZodIssue): boolean {
  return path.length === 0 && (code === 'invalid_type' || code === 'invalid_value');
}

/** `['trunks', 0, 'numbers']` → `patchbay:trunks[0].numbers` */
function keyOf(path: readonly PropertyKey[]): string {
  const parts = path.map((part) =>
    typeof part === 'number'
      ? `[${part}]`
      : /^[\w-]+$/.test(String(part))
        ? `.${String(part)}`
        : `["${String(part)}"]`,
  );
  return `patchbay:${parts.join('').replace(/^\./, '')}`;
}

/** The faulty value, unless it could hold a secret. */
function shown(path: readonly PropertyKey[], given: unknown): string {
  if (path.some((part) => SECRET_NAME.test(String(part)))) return '';
  let value = given;
  for (const part of path) {
    if (typeof value !== 'object' || value === null) return '';
    value = (value as Record<PropertyKey, unknown>)[part];
  }
  if (value === undefined || (typeof value === 'object' && value !== null)) return '';
  const text = JSON.stringify(value).replace(/\/\/[^/]*@/, '//***@');
  return ` (got ${text.slice(0, 200)})`;
}

function article(type: string): string {
  const words: Record<string, string> = {
    int: 'a whole number',
    object: 'a group of keys',
    record: 'a group of keys',
    array: 'a list',
    boolean: 'true or false',
  };
  return words[type] ?? `a ${type}`;
}
