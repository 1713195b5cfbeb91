import { extname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { AgentServer, InferenceRunner, ServerOptions } from '@livekit/agents';
import type { Health } from '@patchbay/common/health';
import type { Logger } from '@patchbay/common/logger';
import { pause } from '@patchbay/common/retry';
import { AGENT_WORKER_NAME } from '@patchbay/common/room-contract';
import type { AgentConfig } from './config.ts';

/** Name of the readiness condition that the worker keeps up to date. */
export const LIVEKIT_CONDITION = 'livekit';

const HEALTH_POLL_MS = 1_000;
const RETRY_MS = 2_000;
const DRAIN_POLL_MS = 200;
/** The framework waits for its reconnection timer and for idle processes; that long is enough. */
const CLOSE_LIMIT_MS = 5_000;
/** The audio end-of-turn model, by the name the framework registers it under. */
const END_OF_TURN_MODEL = 'lk_eot_audio';

export interface Worker {
  /** Calls held now. */
  readonly activeCalls: number;
  /** Take no more calls, let those that live end (up to the drain limit), stop everything. */
  close(): Promise<void>;
}

export interface WorkerOptions {
  config: AgentConfig;
  health: Health;
  log: Logger;
  /** Called if the worker can't go on. */
  onFailure: (error: unknown) => void;
}

/**
 * Start the worker and return at once. It registers with LiveKit as soon as that answers and again
 * after every loss; readiness follows.
 */
export function startWorker(options: WorkerOptions): Worker {
  const { config, health, log } = options;
  const stopping = new AbortController();
  leaveOutEndOfTurnModel();
  const load = (): number =>
    health.draining ? 1 : server.activeJobs.length / config.AGENT_MAX_CALLS;
  const server: AgentServer = new AgentServer(
    new ServerOptions({
      // Beside this file, and of its kind: sources or the bundle.
      agent: join(import.meta.dirname, `job${extname(import.meta.filename)}`),
      agentName: AGENT_WORKER_NAME,
      wsURL: config.LIVEKIT_URL,
      apiKey: config.LIVEKIT_API_KEY,
      apiSecret: config.LIVEKIT_API_SECRET,
      production: true,
      host: '127.0.0.1',
      port: config.AGENT_WORKER_PORT,
      numIdleProcesses: config.AGENT_IDLE_PROCESSES,
      loadFunc: () => Promise.resolve(load()),
      loadThreshold: 0.999,
      // The server learns the load every 2.5 s only; between two reports it may send too many.
      requestFunc: (request) => (load() < 1 ? request.accept() : request.reject()),
      maxRetry: Number.POSITIVE_INFINITY,
      initializeProcessTimeout: 60_000,
      shutdownProcessTimeout: 10_000,
      drainTimeout: config.AGENT_DRAIN_LIMIT_MS,
      logLevel: config.LOG_LEVEL,
    }),
  );
  server.event.on('worker_registered', (workerId: string) => {
    log.info({ workerId, livekitUrl: config.LIVEKIT_URL }, 'registered with LiveKit');
    health.set(LIVEKIT_CONDITION, true);
  });
  let started = false;
  const running = run();
  const watching = watchConnection();

  async function run(): Promise<void> {
    await untilLiveKitAnswers(config.LIVEKIT_URL, log, stopping.signal);
    if (stopping.signal.aborted) return;
    started = true;
    await server.run();
  }
  running.catch((error: unknown) => {
    if (!stopping.signal.aborted) options.onFailure(error);
  });

  /** The framework tells when it has registered but not when it lost the server; its page does. */
  async function watchConnection(): Promise<void> {
    while (!stopping.signal.aborted) {
      await pause(HEALTH_POLL_MS, stopping.signal);
      if (health.missing().includes(LIVEKIT_CONDITION)) continue;
      if (await isConnected(config.AGENT_WORKER_PORT)) continue;
      if (stopping.signal.aborted) return;
      health.set(LIVEKIT_CONDITION, false);
      log.warn({ livekitUrl: config.LIVEKIT_URL }, 'lost LiveKit, trying to come back');
    }
  }

  async function drain(): Promise<void> {
    log.info({ calls: server.activeJobs.length }, 'draining');
    // Also tells LiveKit at once; it may reject for processes that have not started yet.
    server.drain(config.AGENT_DRAIN_LIMIT_MS).catch(() => undefined);
    const deadline = Date.now() + config.AGENT_DRAIN_LIMIT_MS;
    while (server.activeJobs.length > 0 && Date.now() < deadline) await delay(DRAIN_POLL_MS);
    const calls = server.activeJobs.length;
    if (calls > 0) log.warn({ calls }, 'drain limit reached, ending live calls');
  }

  return {
    get activeCalls() {
      return server.activeJobs.length;
    },
    close: async () => {
      health.drain();
      await drain();
      stopping.abort();
      // Closing a server that never ran would wait for it to end.
      if (started) {
        await Promise.race([server.close(), delay(CLOSE_LIMIT_MS, undefined, { ref: false })]);
      }
      await watching;
    },
  };
}

/**
 * The framework starts a process of about 290 MB for an end-of-turn model that this worker doesn't
 * use. Its list of such models is public; an entry that can't be listed keeps the framework from
 * adding its own.
 */
function leaveOutEndOfTurnModel(): void {
  Object.defineProperty(InferenceRunner.registeredRunners, END_OF_TURN_MODEL, {
    value: 'not used',
    enumerable: false,
    configurable: true,
  });
}

async function untilLiveKitAnswers(url: string, log: Logger, stop: AbortSignal): Promise<void> {
  const page = url.replace(/^ws/, 'http');
  for (let attempt = 1; !stop.aborted; attempt++) {
    try {
      await (await fetch(page, { signal: AbortSignal.timeout(RETRY_MS) })).arrayBuffer();
      return;
    } catch (error) {
      const reason = error instanceof Error && error.cause ? error.cause : error;
      log.warn(
        { livekitUrl: url, attempt, retryMs: RETRY_MS, reason: String(reason) },
        'LiveKit does not answer, trying again',
      );
    }
    await pause(RETRY_MS, stop);
  }
}

async function isConnected(port: number): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/`, {
      signal: AbortSignal.timeout(HEALTH_POLL_MS),
    });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}
