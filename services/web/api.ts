import { Problem } from './problems.ts';

/** An agent one can call. */
export interface Agent {
  name: string;
  title: string;
  description: string;
  language: string;
}

export interface AgentList {
  agents: Agent[];
  /** Whether a call could begin now. */
  available: boolean;
}

/** The way into a room. */
export interface Ticket {
  serverUrl: string;
  token: string;
}

const TIMEOUT_MS = 10_000;

/** @throws {Problem} server-away and the like */
export async function fetchAgents(): Promise<AgentList> {
  const body = await ask('/api/agents');
  if (!isRecord(body) || !Array.isArray(body['agents'])) throw new Problem('unexpected');
  return {
    agents: body['agents'].filter(isRecord).map((agent) => ({
      name: text(agent['name']),
      title: text(agent['title']),
      description: text(agent['description']),
      language: text(agent['language']),
    })),
    available: body['available'] !== false,
  };
}

/** @throws {Problem} full, session-expired, agent-unknown, server-away and the like */
export async function fetchTicket(agent: string, signal: AbortSignal): Promise<Ticket> {
  const path = `/api/getToken?agent=${encodeURIComponent(agent)}`;
  const body = await ask(path, signal);
  if (!isRecord(body)) throw new Problem('unexpected');
  const ticket = { serverUrl: text(body['server_url']), token: text(body['participant_token']) };
  if (!ticket.serverUrl || !ticket.token) throw new Problem('unexpected');
  return ticket;
}

async function ask(path: string, signal?: AbortSignal): Promise<unknown> {
  const stop = new AbortController();
  const abort = () => stop.abort();
  const timer = setTimeout(abort, TIMEOUT_MS);
  signal?.addEventListener('abort', abort);
  let response: Response;
  let body: unknown;
  try {
    response = await fetch(path, { signal: stop.signal, cache: 'no-store' });
    body = await response.json();
  } catch (cause) {
    throw new Problem('server-away', { cause });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
  if (response.ok) return body;
  throw problemOf(response.status, errorCode(body), response.headers.get('Retry-After'));
}

/** What a refusal of the API means to a person. */
export function problemOf(status: number, code: string, retryAfter: string | null): Problem {
  const seconds = Number(retryAfter);
  const wait = retryAfter && seconds > 0 ? { retryAfterSeconds: Math.ceil(seconds) } : {};
  switch (status) {
    case 401:
      return new Problem('session-expired');
    case 404:
      return new Problem('agent-unknown');
    case 429:
      return new Problem('too-many', wait);
    case 503:
      return new Problem(code === 'no-capacity' ? 'full' : 'server-away', wait);
    case 502:
    case 504:
      return new Problem('server-away', wait);
    default:
      return new Problem('unexpected');
  }
}

function errorCode(body: unknown): string {
  const error = isRecord(body) ? body['error'] : undefined;
  return isRecord(error) ? text(error['code']) : '';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
