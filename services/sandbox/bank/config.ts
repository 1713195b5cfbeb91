import { loadConfig, opsVariables, portVariable } from '@patchbay/common/env-config';
import { z } from 'zod';

const bankVariables = z.object({
  ...opsVariables,
  /** Where the bank is served, on loopback; 0 takes a free port. */
  BANK_PORT: portVariable.default(0),
});

export type BankConfig = z.output<typeof bankVariables>;

/** @throws ConfigError listing every fault */
export function loadBankConfig(
  env: Readonly<Record<string, string | undefined>> = process.env,
): BankConfig {
  return loadConfig('bank', bankVariables, env);
}
