import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';

/** Then it is asked again; until the answer is here the old one serves. */
const FRESH_MS = 5 * 60_000;
/** A name without an address is asked for again after this long. */
const FAILED_FRESH_MS = 30_000;

export interface ServerNamesOptions {
  /** @returns an address @throws if there is none; the system's own way by default */
  lookup?: (name: string) => Promise<string>;
  /** Monotonic time in ms; performance.now by default. */
  now?: () => number;
}

interface Entry {
  /** Undefined until the first answer, null if the name has none. */
  address: string | null | undefined;
  /** When it is to be asked again; never while a question is under way. */
  staleMs: number;
}

/**
 * Addresses of STUN and TURN servers, looked up once for all calls of a process. A name that is
 * handed to libdatachannel is looked up by a thread of each peer connection, and a connection that
 * is closed keeps its thread and its sockets until the name server has answered: where it answers
 * late or never, ten seconds.
 */
export class ServerNames {
  readonly #lookup: (name: string) => Promise<string>;
  readonly #now: () => number;
  readonly #entries = new Map<string, Entry>();

  constructor(options: ServerNamesOptions = {}) {
    this.#lookup = options.lookup ?? systemLookup;
    this.#now = options.now ?? (() => performance.now());
  }

  /**
   * What is known of a name, at once. What is not known, or not for sure any more, is asked for.
   * @returns the address, null if it has none, undefined if that is not known yet
   */
  addressOf(name: string): string | null | undefined {
    if (isIP(name) !== 0) return name;
    const entry = this.#entries.get(name) ?? { address: undefined, staleMs: -Infinity };
    this.#entries.set(name, entry);
    if (entry.staleMs <= this.#now()) void this.#ask(name, entry);
    return entry.address;
  }

  /** Never rejects. */
  async #ask(name: string, entry: Entry): Promise<void> {
    entry.staleMs = Infinity;
    try {
      entry.address = await this.#lookup(name);
      entry.staleMs = this.#now() + FRESH_MS;
    } catch {
      entry.address = null;
      entry.staleMs = this.#now() + FAILED_FRESH_MS;
    }
  }
}

async function systemLookup(name: string): Promise<string> {
  const { address } = await lookup(name, { order: 'ipv4first' });
  return address;
}
