import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RoomServiceClient } from 'livekit-server-sdk';
import { Registry } from 'prom-client';
import type { AgentCatalog } from '@patchbay/common/agent-catalog';
import { ConfigError } from '@patchbay/common/env-config';
import { Health } from '@patchbay/common/health';
import { createLogger, type Logger } from '@patchbay/common/logger';
import { startOpsServer } from '@patchbay/common/ops-server';
import { Closers, runUntilSignal } from '@patchbay/common/shutdown';
import type { AgentDefinition } from './agent-definition.ts';
import { AgentLibrary } from './agent-library.ts';
import { AgentRegistryError } from './agent-registry.ts';
import { loadAgentConfig, type AgentConfig } from './config.ts';
import { useLoggerForFramework } from './framework-log.ts';
import { listenToJobs } from './job-events.ts';
import { collectUsage } from './job-usage.ts';
import { clearAway } from './lost-job.ts';
import { createAgentMetrics } from './metrics.ts';
import { fatalMissingKeys, missingKeys } from './providers/catalog.ts';
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
  warnOfMissingKeys([...agents.values()], config, log);

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
    const reloading = setInterval(() => void library.refresh(log), RELOAD_MS);
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

function warnOfMissingKeys(
  agents: readonly AgentDefinition[],
  config: AgentConfig,
  log: Logger,
): void {
  const concerned = new Map<
    string,
    { provider: string; stage: string; agents: string[]; mute: boolean }
  >();
  for (const { name, providers } of agents) {
    const fatal = new Set(fatalMissingKeys(providers, config).map(({ variable }) => variable));
    for (const { provider, variable, stage } of missingKeys(providers, config)) {
      const entry = concerned.get(variable) ?? { provider, stage, agents: [], mute: false };
      // Two stages may want the same key.
      if (!entry.agents.includes(name)) entry.agents.push(name);
      entry.mute ||= fatal.has(variable);
      concerned.set(variable, entry);
    }
  }
  for (const [variable, { mute, ...entry }] of concerned) {
    const message = mute
      ? 'provider key is not set, callers get an apology'
      : 'provider key is not set, this provider is left out';
    log.warn({ variable, ...entry }, message);
  }
}
