import { ConfigFaults, parseConfig } from '../config-faults.ts';
import type { StackConfig } from './sample-configs.ts';

/** What is wrong with a configuration, a line a fault: `patchbay:trunks[0].name: …`. */
export function faultsOf(config: StackConfig): string[] {
  try {
    parseConfig(config);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigFaults)) throw error;
    return error.faults.map(({ key, problem }) => `${key}: ${problem}`);
  }
}
