import { pino, type Logger } from 'pino';

export type { Logger } from 'pino';

/** Log fields that hold personal data. They are redacted unless the operator asks for them. */
export const PERSONAL_FIELDS = ['callerNumber', 'calledNumber', 'transcript', 'prompt', 'sipUri'];
const SECRET_FIELDS = ['apiKey', 'apiSecret', 'token', 'authorization', 'password', 'secret'];

export interface LoggerOptions {
  /** Name of the process, in every line as `service`. */
  service: string;
  level: string;
  /** Write the fields of {@link PERSONAL_FIELDS} as they are. */
  personalData: boolean;
  /** Where lines go; stdout by default. */
  destination?: { write(line: string): void };
  /** More fields for every line, asked for as it is written: of a process that serves one call. */
  context?: () => object;
}

/** A JSON logger: static message, facts as fields, ISO time, secrets and personal data redacted. */
export function createLogger(options: LoggerOptions): Logger {
  const hidden = options.personalData ? SECRET_FIELDS : [...SECRET_FIELDS, ...PERSONAL_FIELDS];
  const { context } = options;
  const settings = {
    level: options.level,
    base: { service: options.service, pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    // pino adds the line's own fields to what it is given here.
    ...(context ? { mixin: () => ({ ...context() }) } : {}),
    redact: { paths: hidden.flatMap((field) => [field, `*.${field}`]), censor: '[redacted]' },
  };
  return options.destination ? pino(settings, options.destination) : pino(settings);
}

/** A logger that writes nothing, for tests. */
export function silentLogger(): Logger {
  return pino({ level: 'silent' });
}
