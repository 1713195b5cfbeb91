import { createLogger, type Logger } from '../logger.ts';

/** A logger for tests, and the lines that it has written. */
export function logLines(): { log: Logger; lines: string[] } {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  const log = createLogger({ service: 'test', level: 'info', personalData: false, destination });
  return { log, lines };
}
