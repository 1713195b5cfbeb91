import type { Logger } from '@patchbay/common/logger';
import type { RoomEngine } from './link.ts';

/** `sdk` is for networks where media must go through TURN over TCP or TLS. */
export const ROOM_ENGINES = ['direct', 'sdk'] as const;
export type RoomEngineName = (typeof ROOM_ENGINES)[number];

/** Load an engine and its native libraries; those of the other take no memory. */
export async function createEngine(name: RoomEngineName, log: Logger): Promise<RoomEngine> {
  switch (name) {
    case 'direct': {
      const { createDirectEngine } = await import('./direct/engine.ts');
      return createDirectEngine(log);
    }
    case 'sdk': {
      const { createSdkEngine } = await import('./sdk.ts');
      return createSdkEngine(log);
    }
  }
}
