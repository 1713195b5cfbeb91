/** One line of a process's log that is about a call. */
export interface CallLine {
  atMs: number;
  /** Who wrote it: the service's name, or the file's. */
  service: string;
  level: string;
  message: string;
  /** What else it says. */
  fields: Record<string, unknown>;
}

export interface LogFile {
  /** Name without folder and ending, for lines that don't say who wrote them. */
  name: string;
  text: string;
}

/** Fields that say when, who and how loud, or that every line repeats. */
const HEAD = new Set([
  'time',
  'ts',
  'level',
  'service',
  'msg',
  'pid',
  'hostname',
  'logger',
  'caller',
  'component',
]);
/** Fields whose values name a call. */
const ID_FIELDS = ['callId', 'sipCallId', 'room', 'traceId'] as const;
/** Shorter ones could be anything. */
const LEAST_ID_LENGTH = 8;

/**
 * The lines of one call from the logs of all processes, in order of time. A line belongs to the call
 * if any of the call's ids stands in it; lines that name one id teach the others.
 *
 * @param wanted the call's id, its room's name, its trace's id or its SIP Call-ID
 */
export function joinLogs(files: readonly LogFile[], wanted: string): CallLine[] {
  const all = files.flatMap(({ name, text }) =>
    text.split('\n').flatMap((line) => {
      const fields = parse(line);
      return fields ? [{ name, line, fields }] : [];
    }),
  );
  const ids = new Set([wanted]);
  // From the SIP Call-ID to the call's id and the room, and from there to the others.
  for (let before = 0; before !== ids.size;) {
    before = ids.size;
    for (const { line, fields } of all) {
      if (!names(line, ids)) continue;
      for (const field of ID_FIELDS) {
        const value = fields[field];
        if (typeof value === 'string' && value.length >= LEAST_ID_LENGTH) ids.add(value);
      }
    }
  }
  return all
    .filter(({ line }) => names(line, ids))
    .map(({ name, fields }) => lineOf(name, fields))
    .sort((a, b) => a.atMs - b.atMs);
}

function names(line: string, ids: ReadonlySet<string>): boolean {
  for (const id of ids) if (line.includes(id)) return true;
  return false;
}

function parse(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

function lineOf(name: string, fields: Record<string, unknown>): CallLine {
  const record = fields['event'] === 'call-record';
  const { level, service, msg } = fields;
  return {
    atMs: timeOf(fields),
    service: typeof service === 'string' ? service : name,
    level: typeof level === 'string' ? level.toLowerCase() : 'info',
    message: typeof msg === 'string' ? msg : record ? 'call record' : '',
    fields: Object.fromEntries(
      Object.entries(fields).filter(
        ([field]) => !HEAD.has(field) && !ID_FIELDS.some((id) => id === field),
      ),
    ),
  };
}

/** Ours say `time` in ISO 8601, LiveKit's `ts` in Unix seconds, a call record when the call ended. */
function timeOf({ time, ts, at }: Record<string, unknown>): number {
  if (typeof time === 'string') return Date.parse(time);
  if (typeof ts === 'number') return ts * 1_000;
  if (typeof ts === 'string') return Date.parse(ts);
  const end = (at as { endMs?: unknown } | undefined)?.endMs;
  return typeof end === 'number' ? end : 0;
}

/** LiveKit writes callers' numbers into its lines, as parts of identities. */
const NUMBER = /\+[1-9]\d{6,14}/g;
/** Longer values are cut: LiveKit writes whole messages. */
const MOST_CHARACTERS = 120;

/** Lines for a person: time, process, level, message, facts. */
export function printLines(lines: readonly CallLine[]): string {
  const width = Math.max(0, ...lines.map(({ service }) => service.length));
  return lines
    .map(({ atMs, service, level, message, fields }) => {
      const facts = Object.entries(fields)
        .map(([name, value]) => `${name}=${shown(value)}`)
        .join(' ');
      const time = new Date(atMs).toISOString().slice(11, 23);
      return `${time}  ${service.padEnd(width)}  ${level.padEnd(5)}  ${message}  ${facts}`.trimEnd();
    })
    .join('\n');
}

function shown(value: unknown): string {
  const text = (typeof value === 'string' ? value : JSON.stringify(value)).replace(NUMBER, '+…');
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text;
}
