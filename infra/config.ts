import { inspect } from 'node:util';
import * as pulumi from '@pulumi/pulumi';
import { ConfigFaults, parseConfig } from './config-faults.ts';
import type { DeployConfig } from './config-schema.ts';

const PROJECT = 'patchbay';

/**
 * Read the stack's configuration. The only place that reads Pulumi's.
 *
 * @throws {pulumi.RunError} naming every fault at once, before any resource is registered
 */
export function loadConfig(): DeployConfig {
  const config = new pulumi.Config(PROJECT);
  const given: Record<string, unknown> = {};
  for (const fullKey of Object.keys(pulumi.runtime.allConfig())) {
    const [project, key = ''] = fullKey.split(':', 2);
    if (project === PROJECT) given[key] = valueOf(config, key);
  }
  try {
    return parseConfig(given);
  } catch (error) {
    if (!(error instanceof ConfigFaults)) throw error;
    // Pulumi prints a RunError's message without a stack. For its trace it also inspects the whole
    // object, which takes it half a minute unless the object does that itself.
    const failure = new pulumi.RunError(error.message);
    Object.defineProperty(failure, inspect.custom, { value: () => error.message });
    throw failure;
  }
}

/** Groups and lists come as JSON, single values as text. */
function valueOf(config: pulumi.Config, key: string): unknown {
  try {
    return config.getObject(key);
  } catch {
    return config.get(key);
  }
}
