import type { KubeClient } from './kube-client.ts';
import { conditionsOf, describeRef, type KubeObject, type ObjectRef } from './kube-object.ts';

export interface WaitOptions {
  /** Default 30 000. */
  timeoutMs?: number;
  /** What is waited for, in words, for the error. */
  what?: string;
}

interface WatchEvent {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  object: KubeObject;
}

/** True for the state that is waited for. `undefined`: the object does not exist (any more). */
export type Until = (object: KubeObject | undefined) => boolean;

/**
 * Watch one object until it is as wanted.
 * @returns the object, or undefined if its absence was wanted
 * @throws Error with the object's last conditions when the time is over
 */
export async function waitFor(
  client: KubeClient,
  ref: ObjectRef,
  until: Until,
  options: WaitOptions = {},
): Promise<KubeObject | undefined> {
  const timeoutMs = options.timeoutMs ?? 30_000;
  const signal = AbortSignal.timeout(timeoutMs);
  const watched = { client, query: await queryOf(client, ref), until, signal };
  const found: Found = { object: undefined };
  try {
    for (;;) {
      const resourceVersion = await look(watched, found);
      if (until(found.object) || (await follow(watched, found, resourceVersion))) {
        return found.object;
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error;
    const what = options.what ?? 'the wanted state';
    throw new Error(
      `${describeRef(ref)} did not reach ${what} in ${timeoutMs / 1000} s: ${stateOf(found.object)}`,
      {
        cause: error,
      },
    );
  }
}

interface Watched {
  client: KubeClient;
  query: { path: string; fieldSelector: string };
  until: Until;
  signal: AbortSignal;
}

interface Found {
  object: KubeObject | undefined;
}

async function queryOf(client: KubeClient, ref: ObjectRef): Promise<Watched['query']> {
  const path = await client.pathOf(ref);
  const fieldSelector = `metadata.name=${ref.name}`;
  return { path: path.slice(0, path.lastIndexOf('/')), fieldSelector };
}

/** The state now, and the version of the collection from which a watch misses nothing. */
async function look({ client, query }: Watched, found: Found): Promise<string> {
  const { path, fieldSelector } = query;
  const request = { method: 'GET', path, query: { fieldSelector } } as const;
  const { body } = await client.transport.send<ObjectList>(request);
  found.object = body.items[0];
  return body.metadata.resourceVersion;
}

interface ObjectList {
  metadata: { resourceVersion: string };
  items: KubeObject[];
}

/** Watch until the state is as wanted (true) or the server ends the watch (false). */
async function follow(watched: Watched, found: Found, resourceVersion: string): Promise<boolean> {
  const { client, query, until, signal } = watched;
  const stop = new AbortController();
  const { path, fieldSelector } = query;
  const request = {
    method: 'GET',
    path,
    query: { watch: 'true', fieldSelector, resourceVersion },
  } as const;
  const events = client.transport.lines(request, AbortSignal.any([signal, stop.signal]));
  try {
    for await (const line of events) {
      const { type, object } = line as WatchEvent;
      // The version is too old by now: look again.
      if (type === 'ERROR') return false;
      if (type === 'BOOKMARK') continue;
      found.object = type === 'DELETED' ? undefined : object;
      if (until(found.object)) return true;
    }
    signal.throwIfAborted();
    return false;
  } finally {
    stop.abort();
  }
}

function stateOf(object: KubeObject | undefined): string {
  if (!object) return 'it does not exist';
  const conditions = conditionsOf(object).map(({ type, status, reason, message }) =>
    [`${type}=${status}`, reason, message].filter(Boolean).join(' '),
  );
  if (conditions.length > 0) return conditions.join('; ');
  return JSON.stringify(object.status ?? object.metadata);
}
