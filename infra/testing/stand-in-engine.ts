import { createRequire } from 'node:module';

// Only what of gRPC and of Pulumi's generated code is used here.
type Callback = (error: unknown, answer?: unknown) => void;
type Handler = (call: { request: Message }, done: Callback) => void;
interface Message {
  [name: string]: (...given: unknown[]) => unknown;
}
type MessageClass = new () => Message;
interface Grpc {
  Server: new () => {
    addService(service: unknown, handlers: Record<string, Handler>): void;
    bindAsync(
      address: string,
      credentials: unknown,
      done: (e: unknown, port: number) => void,
    ): void;
    forceShutdown(): void;
  };
  ServerCredentials: { createInsecure(): unknown };
}

const fromHere = createRequire(import.meta.url);
const fromPulumi = createRequire(fromHere.resolve('@pulumi/pulumi'));
const grpc = fromPulumi('@grpc/grpc-js') as Grpc;
const proto = (name: string) => fromPulumi(`./proto/${name}`) as Record<string, unknown>;

/** A resource as Pulumi's runtime sent it to the engine. */
export interface SentResource {
  type: string;
  name: string;
  urn: string;
  parent: string;
  dependencies: string[];
  inputs: Record<string, unknown>;
}

export interface StandInEngine {
  /** `127.0.0.1:<port>`, for `--monitor` and `--engine`. */
  readonly address: string;
  readonly resources: readonly SentResource[];
  /** The stack's outputs, once the program is through. */
  readonly outputs: Record<string, unknown> | undefined;
  /** What the program logged, with Pulumi's severity (3 is an error). */
  readonly log: readonly { severity: number; message: string }[];
  close(): void;
}

/**
 * The least that a Pulumi program needs of an engine, on loopback: it takes every resource and
 * deploys nothing. For loading the program exactly as the CLI does.
 */
export async function startStandInEngine(stack: string): Promise<StandInEngine> {
  const resources: SentResource[] = [];
  const log: { severity: number; message: string }[] = [];
  let outputs: Record<string, unknown> | undefined;
  let root = '';
  const answer = (file: string, name: string) => new (proto(file)[name] as MessageClass)();
  const empty: Handler = (_call, done) => {
    done(
      undefined,
      new (
        fromPulumi('google-protobuf/google/protobuf/empty_pb') as { Empty: MessageClass }
      ).Empty(),
    );
  };

  const monitor: Record<string, Handler> = {
    supportsFeature(_call, done) {
      const response = answer('resource_pb', 'SupportsFeatureResponse');
      response.setHassupport?.(true);
      done(undefined, response);
    },
    registerResource({ request }, done) {
      const type = text(request.getType?.());
      const name = text(request.getName?.());
      const urn = `urn:pulumi:${stack}::patchbay::${type}::${name}`;
      const object = request.getObject?.();
      resources.push({
        type,
        name,
        urn,
        parent: text(request.getParent?.()),
        dependencies: (request.getDependenciesList?.() ?? []) as string[],
        inputs: toJs(object),
      });
      const response = answer('resource_pb', 'RegisterResourceResponse');
      response.setUrn?.(urn);
      if (request.getCustom?.() === true) response.setId?.(`${name}-id`);
      response.setObject?.(object);
      done(undefined, response);
    },
    registerResourceOutputs(call, done) {
      const { request } = call;
      if (text(request.getUrn?.()) === root) outputs = toJs(request.getOutputs?.());
      empty(call, done);
    },
    signalAndWaitForShutdown: empty,
    registerPackage(_call, done) {
      const response = answer('resource_pb', 'RegisterPackageResponse');
      response.setRef?.('package');
      done(undefined, response);
    },
  };
  const engine: Record<string, Handler> = {
    log(call, done) {
      const severity = Number(call.request.getSeverity?.());
      log.push({ severity, message: text(call.request.getMessage?.()) });
      empty(call, done);
    },
    getRootResource(_call, done) {
      const response = answer('engine_pb', 'GetRootResourceResponse');
      response.setUrn?.(root);
      done(undefined, response);
    },
    setRootResource({ request }, done) {
      root = text(request.getUrn?.());
      done(undefined, answer('engine_pb', 'SetRootResourceResponse'));
    },
  };

  const server = new grpc.Server();
  server.addService(proto('resource_grpc_pb').ResourceMonitorService, monitor);
  server.addService(proto('engine_grpc_pb').EngineService, engine);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) => {
      if (error) reject(error instanceof Error ? error : new Error('no port'));
      else resolve(bound);
    });
  });
  return {
    address: `127.0.0.1:${port}`,
    resources,
    log,
    get outputs() {
      return outputs;
    },
    close: () => server.forceShutdown(),
  };
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function toJs(struct: unknown): Record<string, unknown> {
  return ((struct as Message | undefined)?.toJavaScript?.() ?? {}) as Record<string, unknown>;
}
