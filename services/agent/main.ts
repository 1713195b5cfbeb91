import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RoomServiceClient } from 'livekit-server-sdk';
import { Registry } from 'prom-client';
import type { AgentCatalog } from '@patchbay/common/agent-catalog';
import { ConfigError } from '@patchbay/common/env-config';
import { Health } from '@patchbay/common/health';
import { createLogger } from '@patchbay/common/logger';
import { startOpsServer } from '@patchbay/common/ops-server';
import { Closers, runUntilSignal } from '@patchbay/common/shutdown';
import { AgentLibrary } from './agent-library.ts';
import { AgentRegistryError } from './agent-registry.ts';
import { loadAgentConfig } from './config.ts';
import { useLoggerForFramework } from './framework-log.ts';
import { listenToJobs } from './job-events.ts';
import { collectUsage } from './job-usage.ts';
import { clearAway } from './lost-job.ts';
import { createAgentMetrics } from './metrics.ts';
import { MissingKeys } from './missing-keys.ts';
import { LIVEKIT_CONDITION, startWorker } from './worker.ts';

/** How often the files of agents are looked at, where they may change. */
const RELOAD_MS = 1_000;

try {
  await main();
} catch (error) {
  if (!(error instanceof ConfigError || error instanceof AgentRegistryError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(2);
}

async function main(): Promise<void> {
  // Job processes inherit it; LiveKit's native client writes debug lines to stdout without it.
  process.env.NODE_ENV ??= 'production';
  // A job process is forked for each call; this spares it compiling the same modules again.
  process.env.NODE_COMPILE_CACHE ??= join(tmpdir(), 'patchbay-agent-compile-cache');
  const config = loadAgentConfig();
  const library = await AgentLibrary.open();
  const { agents } = library;
  const personalData = config.LOG_PERSONAL_DATA === 'yes';
  const log = createLogger({ service: 'agent', level: config.LOG_LEVEL, personalData });
  useLoggerForFramework(log, personalData);
  const missingKeys = new MissingKeys(config, log);
  missingKeys.warn(agents.values());

  const closers = new Closers(log);
  const health = new Health([LIVEKIT_CONDITION]);
  const registry = new Registry();
  const onEvent = createAgentMetrics({
    registry,
    activeJobs: () => worker.activeCalls,
    maxCalls: config.AGENT_MAX_CALLS,
  });
  const rooms = new RoomServiceClient(
    config.LIVEKIT_URL,
    config.LIVEKIT_API_KEY,
    config.LIVEKIT_API_SECRET,
  );
  const jobs = listenToJobs((event, place) => {
    onEvent(event, place);
    if (event.event === 'ended' && event.result === 'crashed') void clearAway(rooms, place, log);
  });
  closers.add('job events', () => jobs.close());
  const usage = collectUsage(registry);
  closers.add('job usage', () => usage.close());
  const worker = startWorker({
    config,
    health,
    log,
    onFailure: (error) => {
      log.fatal({ err: error }, 'worker failed');
      void closers.close().finally(() => process.exit(1));
    },
  });
  const catalog = (): AgentCatalog => ({
    agents: [...library.agents.values()].map(({ name, title, description, language }) => ({
      name,
      title,
      description,
      language,
    })),
    capacity: { active: worker.activeCalls, max: config.AGENT_MAX_CALLS },
  });
  const ops = await startOpsServer({
    host: config.OPS_HOST,
    port: config.OPS_PORT,
    health,
    registry,
    pages: { '/agents': catalog },
  });
  if (config.AGENT_RELOAD === 'yes') {
    const reload = async () => {
      if (await library.refresh(log)) missingKeys.warn(library.agents.values());
    };
    const reloading = setInterval(() => void reload(), RELOAD_MS);
    closers.add('reloading', () => Promise.resolve(clearInterval(reloading)));
  }
  closers.add('ops server', () => ops.close());
  // Last in, first out: probes are answered while live calls end.
  closers.add('worker', () => worker.close());
  runUntilSignal(closers, log);
  log.info(
    { opsPort: ops.port, workerPort: config.AGENT_WORKER_PORT, agents: [...agents.keys()] },
    'listening',
  );
}
