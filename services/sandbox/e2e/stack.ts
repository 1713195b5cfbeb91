import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '@patchbay/common/logger';
import { expect, vi } from 'vitest';
import { footprint, holdings, NOTHING_HELD, type Footprint } from '../stack/holdings.ts';
import { Stack, type StackOptions } from '../stack/stack.ts';

const LEFT_TIMEOUT_MS = 40_000;
const LOOK_EVERY_MS = 250;

/** A stack of its own for a test, with its logs in a temporary folder that stays if it does not start. */
export async function startTestStack(
  options: Partial<StackOptions> = {},
): Promise<{ stack: Stack; close: () => Promise<void> }> {
  const runDir = await mkdtemp(join(tmpdir(), 'patchbay-e2e-'));
  const stack = await Stack.start({ runDir, ...options });
  const close = async () => {
    await stack.close();
    await rm(runDir, { recursive: true, force: true });
  };
  return { stack, close };
}

export const testLog = silentLogger();

/** Wait until no part holds anything of a call, nor more files and processes than `before`. */
export async function expectNothingLeft(stack: Stack, before?: Footprint): Promise<void> {
  await vi.waitFor(
    async () => {
      expect(await holdings(stack)).toEqual(NOTHING_HELD);
      if (!before) return;
      const now = await footprint(stack);
      expect(now.bridgeFiles, 'open files of the bridge').toBeLessThanOrEqual(before.bridgeFiles);
      expect(now.agentChildren, 'job processes').toBeLessThanOrEqual(before.agentChildren);
    },
    { timeout: LEFT_TIMEOUT_MS, interval: LOOK_EVERY_MS },
  );
}
