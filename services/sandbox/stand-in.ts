import { configOrExit, type OpsConfig } from '@patchbay/common/env-config';
import { Health } from '@patchbay/common/health';
import { createLogger, type Logger } from '@patchbay/common/logger';
import { startOpsServer } from '@patchbay/common/ops-server';
import { Closers, runUntilSignal } from '@patchbay/common/shutdown';
import { Registry } from 'prom-client';

/** The process of a stand-in. */
export interface StandIn<Config> {
  config: Config;
  log: Logger;
  /** What is closed when the process is told to end. */
  closers: Closers;
  /** Serve health and metrics. @returns the port */
  serveOps: (registry?: Registry) => Promise<number>;
}

/**
 * Begin the process of a stand-in: its configuration, its log and its end. A configuration that can't
 * be used is told on stderr and ends it with status 2.
 */
export function beginStandIn<Config extends OpsConfig>(
  service: string,
  load: () => Config,
): StandIn<Config> {
  const config = configOrExit(load);
  const log = createLogger({
    service,
    level: config.LOG_LEVEL,
    personalData: config.LOG_PERSONAL_DATA === 'yes',
  });
  const closers = new Closers(log);
  runUntilSignal(closers, log);
  return {
    config,
    log,
    closers,
    serveOps: async (registry = new Registry()) => {
      const { OPS_HOST: host, OPS_PORT: port } = config;
      const ops = await startOpsServer({ host, port, health: new Health(), registry });
      closers.add('ops server', () => ops.close());
      return ops.port;
    },
  };
}
