import { z } from 'zod';

/** One thing wrong with the configuration, in words a person can act on. */
export interface ConfigFault {
  /** Name of the environment variable. */
  variable: string;
  /** What is wrong and what would be right. Never contains the value of a secret. */
  problem: string;
}

/** The configuration can't be used. Carries every fault at once, so that one start shows all of them. */
export class ConfigError extends Error {
  readonly faults: readonly ConfigFault[];

  constructor(service: string, faults: readonly ConfigFault[]) {
    const lines = faults.map((fault) => `  ${fault.variable}: ${fault.problem}`);
    super(
      `${service} can't start, ${faults.length} configuration fault(s):\n${lines.join('\n')}\n` +
        'Set these environment variables (see .env.example) and start again.',
    );
    this.name = 'ConfigError';
    this.faults = faults;
  }
}

/** The configuration. If it can't be used, says why on stderr and ends the process with status 2. */
export function configOrExit<Config>(load: () => Config): Config {
  try {
    return load();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(2);
  }
}

const SECRET_NAME = /(KEY|SECRET|TOKEN|PASSWORD)S?$/i;

/**
 * Check a whole environment against a zod object whose keys are variable names.
 * An empty string counts as unset, as in shells and in Kubernetes manifests.
 *
 * @throws {ConfigError} listing every fault, if there is any
 */
export function loadConfig<S extends z.ZodObject>(
  service: string,
  schema: S,
  env: Readonly<Record<string, string | undefined>>,
): z.output<S> {
  const given: Record<string, string> = {};
  for (const name of Object.keys(schema.shape)) {
    const value = env[name];
    if (value !== undefined && value.trim() !== '') given[name] = value.trim();
  }
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const faults = result.error.issues.map((issue): ConfigFault => {
    const [head, ...rest] = issue.path;
    const variable = String(head ?? '(environment)');
    const value = given[variable];
    const where = rest.length > 0 ? `at ${rest.map(String).join('.')}: ` : '';
    if (value === undefined) {
      // A schema's own check across variables has words of its own; anything else is a plain gap.
      return { variable, problem: issue.code === 'custom' ? issue.message : 'is not set' };
    }
    return { variable, problem: `${where}${issue.message}${shownValue(variable, value, rest)}` };
  });
  throw new ConfigError(service, faults);
}

/**
 * The faulty value in words, or nothing where it could hold a secret: variables and JSON fields with
 * a secret's name, JSON as a whole, and the user and password of an URL.
 */
function shownValue(variable: string, value: string, path: readonly PropertyKey[]): string {
  if ([variable, ...path.map(String)].some((name) => SECRET_NAME.test(name))) return '';
  let shown: unknown = value;
  if (path.length > 0) shown = valueAt(value, path);
  else if (/^[[{]/.test(value)) return '';
  if (typeof shown === 'object' || shown === undefined) return '';
  if (typeof shown !== 'string') return ` (got ${JSON.stringify(shown)})`;
  return ` (got ${JSON.stringify(shown.replace(/\/\/[^/]*@/, '//***@').slice(0, 200))})`;
}

function valueAt(json: string, path: readonly PropertyKey[]): unknown {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return undefined;
  }
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}

/** A TCP or UDP port number; 0 asks the operating system for a free one. */
export const portVariable = z.coerce
  .number({ error: 'must be a port number from 0 to 65535' })
  .int('must be a whole number')
  .min(0, 'must be a port number from 0 to 65535')
  .max(65535, 'must be a port number from 0 to 65535');

/** A duration in whole milliseconds. */
export const millisecondsVariable = z.coerce
  .number({ error: 'must be a number of milliseconds' })
  .int('must be a whole number of milliseconds')
  .nonnegative('must not be negative');

/** An URL with one of the given schemes, for example `['ws', 'wss']`. */
export function urlVariable(schemes: readonly string[]) {
  const expected = `must be a URL that starts with ${schemes.map((s) => `${s}://`).join(' or ')}`;
  return z
    .string()
    .refine(
      (value) => URL.canParse(value) && schemes.includes(new URL(value).protocol.slice(0, -1)),
      expected,
    );
}

/** A variable that holds JSON of the given shape; faults name the path inside it. */
export function jsonVariable<T extends z.ZodType>(shape: T) {
  return z
    .string()
    .transform((text, context): unknown => {
      try {
        return JSON.parse(text);
      } catch {
        context.addIssue({ code: 'custom', message: 'must be valid JSON' });
        return z.NEVER;
      }
    })
    .pipe(shape);
}

/** The three variables every process that talks to LiveKit needs. */
export const livekitVariables = {
  LIVEKIT_URL: urlVariable(['ws', 'wss', 'http', 'https']),
  LIVEKIT_API_KEY: z.string().min(1),
  LIVEKIT_API_SECRET: z.string().min(32, 'must have at least 32 characters'),
};

/** Where a process serves /metrics, /healthz and /readyz. Loopback unless told otherwise. */
export const opsVariables = {
  OPS_HOST: z.string().default('127.0.0.1'),
  OPS_PORT: portVariable.default(0),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace']).default('info'),
  /** `yes` writes phone numbers and spoken words to the log. Off by default. */
  LOG_PERSONAL_DATA: z.enum(['yes', 'no']).default('no'),
};

export type OpsConfig = z.output<z.ZodObject<typeof opsVariables>>;
