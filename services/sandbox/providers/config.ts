import { loadConfig, opsVariables, portVariable } from '@patchbay/common/env-config';
import { z } from 'zod';

const providersVariables = z.object({
  ...opsVariables,
  /** Where the provider protocols are served, on loopback; 0 takes a free port. */
  PROVIDERS_PORT: portVariable.default(0),
});

export type ProvidersConfig = z.output<typeof providersVariables>;

/** @throws ConfigError listing every fault */
export function loadProvidersConfig(
  env: Readonly<Record<string, string | undefined>> = process.env,
): ProvidersConfig {
  return loadConfig('providers', providersVariables, env);
}
