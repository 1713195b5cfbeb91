import type { KubeObject, ObjectRef } from './kube-object.ts';
import { KubeError, type KubeResponse, type KubeTransport } from './kube-transport.ts';

interface Resource {
  /** Path of the API group and version, such as `/apis/apps/v1`. */
  base: string;
  plural: string;
  namespaced: boolean;
}

interface ResourceList {
  resources: { name: string; kind: string; namespaced: boolean }[];
}

export interface WriteOptions {
  /** Namespace of the objects that name none. Default: `default`. */
  namespace?: string;
  /** Validate and admit, but keep nothing. */
  dryRun?: boolean;
}

export interface ApplyOptions extends WriteOptions {
  /** Name under which the fields are owned. Default: `patchbay-test`. */
  fieldManager?: string;
  /** Take fields over from other owners; otherwise that is a conflict. Default: false. */
  force?: boolean;
}

export interface ListOptions {
  namespace?: string;
  labelSelector?: string;
  fieldSelector?: string;
}

/** Objects of any kind the API server knows, custom ones too. */
export class KubeClient {
  readonly transport: KubeTransport;
  readonly #resources = new Map<string, Promise<ResourceList>>();

  constructor(transport: KubeTransport) {
    this.transport = transport;
  }

  /** @throws KubeError, reason `NotFound`, if there is no such object */
  async get(ref: ObjectRef): Promise<KubeObject> {
    const path = await this.pathOf(ref);
    return (await this.transport.send<KubeObject>({ method: 'GET', path })).body;
  }

  /** All objects of a kind: of all namespaces if none is given. */
  async list(apiVersion: string, kind: string, options: ListOptions = {}): Promise<KubeObject[]> {
    const { namespace, ...query } = options;
    const resource = await this.#resource(apiVersion, kind);
    const path = collectionPath(resource, namespace);
    const request = { method: 'GET', path, query } as const;
    const { items } = (await this.transport.send<{ items: KubeObject[] }>(request)).body;
    // Items of a list leave out what the list has said.
    return items.map((item) => ({ ...item, apiVersion, kind }));
  }

  async create(object: KubeObject, options: WriteOptions = {}): Promise<KubeResponse<KubeObject>> {
    const resource = await this.#resource(object.apiVersion, object.kind);
    const namespace = object.metadata.namespace ?? options.namespace ?? 'default';
    return this.transport.send({
      method: 'POST',
      path: collectionPath(resource, namespace),
      query: { fieldValidation: 'Strict', dryRun: options.dryRun ? 'All' : undefined },
      body: object,
    });
  }

  /** Server-side apply of one object. Fields the server doesn't know are refused by name. */
  async apply(object: KubeObject, options: ApplyOptions = {}): Promise<KubeResponse<KubeObject>> {
    const { apiVersion, kind, metadata } = object;
    const namespace = metadata.namespace ?? options.namespace ?? 'default';
    return this.transport.send({
      method: 'PATCH',
      path: await this.pathOf({ apiVersion, kind, name: metadata.name, namespace }),
      contentType: 'application/apply-patch+yaml',
      query: {
        fieldManager: options.fieldManager ?? 'patchbay-test',
        fieldValidation: 'Strict',
        force: options.force ? 'true' : undefined,
        dryRun: options.dryRun ? 'All' : undefined,
      },
      body: object,
    });
  }

  /** Change some fields (JSON merge patch, RFC 7396), of a subresource such as `scale` if named. */
  async patch(ref: ObjectRef, change: object, subresource?: string): Promise<KubeObject> {
    const path = await this.pathOf(ref, subresource);
    const contentType = 'application/merge-patch+json';
    const request = { method: 'PATCH', path, contentType, body: change } as const;
    return (await this.transport.send<KubeObject>(request)).body;
  }

  /** Ask for an object to be deleted. It may stay a while: Terminating, or with finalizers. */
  async delete(ref: ObjectRef, gracePeriodSeconds?: number): Promise<void> {
    await this.transport.send({
      method: 'DELETE',
      path: await this.pathOf(ref),
      body: { kind: 'DeleteOptions', apiVersion: 'v1', gracePeriodSeconds },
    });
  }

  /**
   * Ask for a pod to leave, as `kubectl drain` does.
   * @throws KubeError, reason `TooManyRequests`, when a PodDisruptionBudget forbids it
   */
  async evict(namespace: string, name: string): Promise<void> {
    const path = await this.pathOf({ apiVersion: 'v1', kind: 'Pod', name, namespace }, 'eviction');
    const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace } };
    await this.transport.send({ method: 'POST', path, body: eviction });
  }

  /** Path of an object, or of a subresource of it. */
  async pathOf(ref: ObjectRef, subresource?: string): Promise<string> {
    const resource = await this.#resource(ref.apiVersion, ref.kind);
    const collection = collectionPath(resource, ref.namespace ?? 'default');
    return `${collection}/${ref.name}${subresource ? `/${subresource}` : ''}`;
  }

  async #resource(apiVersion: string, kind: string): Promise<Resource> {
    const base = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    const found = await this.#find(base, kind);
    if (found) return found;
    // The definition may have come after we asked.
    this.#resources.delete(base);
    const second = await this.#find(base, kind);
    if (second) return second;
    throw new KubeError(404, 'NotFound', `the server knows no ${kind} of ${apiVersion}`);
  }

  async #find(base: string, kind: string): Promise<Resource | undefined> {
    const known = this.#resources.get(base) ?? this.#discover(base);
    this.#resources.set(base, known);
    const { resources } = await known;
    const entry = resources.find(({ name, kind: its }) => its === kind && !name.includes('/'));
    return entry && { base, plural: entry.name, namespaced: entry.namespaced };
  }

  async #discover(base: string): Promise<ResourceList> {
    try {
      return (await this.transport.send<ResourceList>({ method: 'GET', path: base })).body;
    } catch (error) {
      if (error instanceof KubeError && error.code === 404) return { resources: [] };
      throw error;
    }
  }
}

function collectionPath({ base, plural, namespaced }: Resource, namespace?: string): string {
  return namespaced && namespace
    ? `${base}/namespaces/${namespace}/${plural}`
    : `${base}/${plural}`;
}
