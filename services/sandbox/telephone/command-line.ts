import { isIP } from 'node:net';
import { parseArgs } from 'node:util';
import type { Transport } from './dialog.ts';

const TRANSPORTS: readonly Transport[] = ['udp', 'tcp', 'tls'];

export const USAGE = `A telephone for the command line: calls a number over SIP, speaks, listens, hangs up.

  node services/sandbox/telephone/main.ts --to +12025550101 --server 127.0.0.1:5060 --say "what is my balance"

  --to NUMBER        number or sip: URI to call
  --server HOST:PORT where the call goes
  --transport T      udp (default), tcp or tls
  --from NUMBER      calling number (default +12025550187)
  --host ADDRESS     own address for SIP and RTP (default 127.0.0.1: reaches this machine only)
  --say TEXT         said after the other side has spoken; may be given several times
  --dtmf KEYS        pressed before the first --say
  --record FILE      stereo WAV of the call: us left, them right
  --patience MS      how long to wait for the other side to speak (default 15000)
  --words            print what was heard in words (only sentences of the offline agents)
`;

export interface PhoneCommand {
  to: string;
  from: string;
  server: { host: string; port: number };
  host: string;
  transport: Transport;
  say: string[];
  dtmf: string | undefined;
  record: string | undefined;
  patienceMs: number;
  words: boolean;
}

/** What is wrong with the command line, all of it at once. */
export class UsageError extends Error {
  constructor(faults: readonly string[]) {
    super(faults.join('\n'));
    this.name = 'UsageError';
  }
}

/** @returns the wish, or `help` @throws {UsageError} */
export function parseCommandLine(args: readonly string[]): PhoneCommand | 'help' {
  const values = readOptions(args);
  if (values.help) return 'help';
  const faults: string[] = [];
  const server = parseServer(values.server);
  if (!server) faults.push(`--server: ${got(values.server)}, must be host:port, as 127.0.0.1:5060`);
  if (!values.to) faults.push('--to: not given, must be a number or a sip: URI');
  const transport = TRANSPORTS.find((name) => name === values.transport);
  if (!transport) {
    faults.push(`--transport: ${got(values.transport)}, must be udp, tcp or tls`);
  }
  if (!isIP(values.host))
    faults.push(`--host: ${got(values.host)}, must be an IP address of this machine`);
  if (server && isLoopback(values.host) && !isLoopback(server.host)) {
    faults.push(`--host: needed to call ${server.host}, must be this machine's address towards it`);
  }
  const patienceMs = Number(values.patience);
  if (!Number.isInteger(patienceMs) || patienceMs <= 0) {
    faults.push(`--patience: ${got(values.patience)}, must be a whole number of milliseconds`);
  }
  if (values.dtmf !== undefined && !/^[0-9*#A-D]+$/i.test(values.dtmf)) {
    faults.push(`--dtmf: ${got(values.dtmf)}, must be keys of 0-9 * # A-D`);
  }
  if (faults.length > 0 || !server || !transport || !values.to) throw new UsageError(faults);
  return {
    to: values.to,
    from: values.from,
    server,
    host: values.host,
    transport,
    say: values.say,
    dtmf: values.dtmf,
    record: values.record,
    patienceMs,
    words: values.words,
  };
}

function readOptions(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        to: { type: 'string' },
        from: { type: 'string', default: '+12025550187' },
        server: { type: 'string' },
        host: { type: 'string', default: '127.0.0.1' },
        transport: { type: 'string', default: 'udp' },
        say: { type: 'string', multiple: true, default: [] },
        dtmf: { type: 'string' },
        record: { type: 'string' },
        patience: { type: 'string', default: '15000' },
        words: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    return values;
  } catch (error) {
    throw new UsageError([error instanceof Error ? error.message : String(error)]);
  }
}

function parseServer(text: string | undefined): { host: string; port: number } | undefined {
  const match = /^(?:\[([0-9a-f:]+)\]|([^:\s]+)):(\d{1,5})$/i.exec(text ?? '');
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  return host !== undefined && port > 0 && port < 65_536 ? { host, port } : undefined;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}

function got(value: string | undefined): string {
  return value === undefined ? 'not given' : `got ${JSON.stringify(value)}`;
}
