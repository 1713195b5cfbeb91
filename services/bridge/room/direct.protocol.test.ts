import type { JoinResponse } from '@livekit/protocol';
import { AccessToken } from 'livekit-server-sdk';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { silentLogger } from '@patchbay/common/logger';
import { startLiveKit, type LiveKit } from '../../sandbox/stack/livekit-server.ts';
import { describeEngine } from './conformance.ts';
import { createDirectEngine } from './direct/engine.ts';
import { SignalSocket } from './direct/signal-socket.ts';

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

it('a sandbox names no server outside this machine to those who join', async () => {
  const token = new AccessToken(livekit.apiKey, livekit.apiSecret, { identity: 'somebody' });
  token.addGrant({ roomJoin: true, room: 'a-room' });
  const joining = Promise.withResolvers<JoinResponse>();
  const socket = new SignalSocket(livekit.url, await token.toJwt(), {
    message: (message) => {
      if (message.case === 'join') joining.resolve(message.value);
    },
    lost: joining.reject,
  });
  const { iceServers } = await joining.promise.finally(() => socket.close(1_000));
  expect(iceServers.flatMap(({ urls }) => urls)).toEqual(['stun:127.0.0.1:9']);
});
