import { loadConfig, opsVariables, portVariable } from '@patchbay/common/env-config';
import { z } from 'zod';

const collectorVariables = z.object({
  ...opsVariables,
  /** Where traces are taken, on loopback; 0 takes a free port. */
  COLLECTOR_PORT: portVariable.default(0),
  /** Folder of the file that keeps them. */
  COLLECTOR_DIR: z.string().min(1),
});

export type CollectorConfig = z.output<typeof collectorVariables>;

/** @throws ConfigError listing every fault */
export function loadCollectorConfig(
  env: Readonly<Record<string, string | undefined>> = process.env,
): CollectorConfig {
  return loadConfig('collector', collectorVariables, env);
}
