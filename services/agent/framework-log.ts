import { initializeLogger } from '@livekit/agents';
import type { Logger } from '@patchbay/common/logger';

/** The framework marks the keys of personal data with this prefix. */
const PERSONAL_PREFIX = 'lk.pii.';
/** Where the framework keeps its process-wide logger (its log_core.ts). */
const LOGGER_KEY = Symbol.for('@livekit/agents:logger');
const OURS = Symbol('made by useLoggerForFramework');

/**
 * Make the framework write its log lines through our logger: same form, personal data redacted, and
 * only warnings and worse unless the level is `debug` or `trace`, for its `info` is chatty. Must be
 * called before the framework makes anything; it holds for the life of the process.
 *
 * @param personalData write the fields that the framework marks as personal
 */
export function useLoggerForFramework(log: Logger, personalData: boolean): void {
  const redact = (fields: object) => (personalData ? fields : redactPersonal(fields));
  const ours = log.child(
    { component: 'framework' },
    {
      level: log.level === 'info' ? 'warn' : log.level,
      serializers: { error: errorFields },
      formatters: { log: redact },
    },
  );
  Object.defineProperty(ours, OURS, { value: true });
  // pino formats a child's own fields when it is made, with a formatter that children don't inherit.
  const makeChild: (this: Logger, fields: object, options?: object) => Logger = Reflect.get(
    ours,
    'child',
  );
  Object.defineProperty(ours, 'child', {
    value: function (this: Logger, fields: object, options?: object) {
      return makeChild.call(this, redact(fields), options);
    },
  });
  let current = ours;
  Object.defineProperty(globalThis, LOGGER_KEY, {
    configurable: true,
    get: () => current,
    // A job process makes a logger of the framework's own when it starts, which is refused, and
    // later puts a child of the current one in its place. pino's children inherit this mark.
    set: (logger: Logger) => {
      if (OURS in logger) current = logger;
    },
  });
  // Also sets the options that the framework hands to its job processes.
  initializeLogger({ pretty: false, level: log.level });
}

/** The same fields, with those that the framework marks as personal blanked. */
export function redactPersonal(fields: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]: [string, unknown]) => [
      key,
      key.startsWith(PERSONAL_PREFIX) ? '[redacted]' : value,
    ]),
  );
}

function errorFields(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  return { type: error.name, message: error.message, stack: error.stack };
}
