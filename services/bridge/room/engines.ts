import type { Logger } from '@patchbay/common/logger';
import type { Outbox } from '../rtp/outbox.ts';
import type { RoomEngine } from './link.ts';

/** `sdk` is for networks where media must go through TURN over TCP or TLS. */
export const ROOM_ENGINES = ['direct', 'sdk'] as const;
export type RoomEngineName = (typeof ROOM_ENGINES)[number];
/** docs/decisions/0004 says why. */
export const DEFAULT_ENGINE: RoomEngineName = 'direct';

/**
 * Load an engine and its native libraries; those of the other take no memory.
 * @param outbox by which packets go to rooms, where the engine makes them itself
 */
export async function createEngine(
  name: RoomEngineName,
  log: Logger,
  outbox: Outbox,
): Promise<RoomEngine> {
  switch (name) {
    case 'direct': {
      const { createDirectEngine } = await import('./direct/engine.ts');
      return createDirectEngine(log, outbox);
    }
    case 'sdk': {
      const { createSdkEngine } = await import('./sdk.ts');
      return createSdkEngine(log);
    }
  }
}
