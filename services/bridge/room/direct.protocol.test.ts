import { afterAll, beforeAll } from 'vitest';
import { silentLogger } from '@patchbay/common/logger';
import { startLiveKit, type LiveKit } from '../../sandbox/stack/livekit-server.ts';
import { describeEngine } from './conformance.ts';
import { createDirectEngine } from './direct/engine.ts';

let livekit: LiveKit;
beforeAll(async () => {
  livekit = await startLiveKit();
});
afterAll(() => livekit.close());

describeEngine(
  'direct',
  () => livekit,
  () => createDirectEngine(silentLogger()),
);
