/** Where Node keeps the dispatcher of its `fetch` (https://github.com/nodejs/undici/issues/1373). */
const GLOBAL_DISPATCHER = Symbol.for('undici.globalDispatcher.1');
/** Shorter than the idle limits of usual load balancers in front of providers. */
const IDLE_MS = 50_000;

type Dispatcher = new (options: { keepAliveTimeout: number }) => object;

/**
 * Keep connections of `fetch` open between the turns of a call. Node closes one after 4 s without a
 * request, and callers speak for longer: each answer of a language model began with a name lookup, a
 * TCP and a TLS handshake. A server that tells its own limit (`Keep-Alive: timeout=…`) is believed.
 *
 * Node's own dispatcher is made anew: the undici package would cost each job process 20 MB.
 */
export async function keepConnections(): Promise<void> {
  // The first request loads what Node's fetch consists of.
  await fetch('data:,');
  const place = globalThis as unknown as Record<symbol, object | undefined>;
  const Agent = place[GLOBAL_DISPATCHER]?.constructor as Dispatcher | undefined;
  if (!Agent) throw new Error('this Node.js keeps the dispatcher of fetch elsewhere');
  place[GLOBAL_DISPATCHER] = new Agent({ keepAliveTimeout: IDLE_MS });
}
