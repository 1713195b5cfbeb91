import { Health } from '@patchbay/common/health';
import { silentLogger } from '@patchbay/common/logger';
import { NO_TRACER } from '@patchbay/common/tracing/span';
import { Registry } from 'prom-client';
import { Admission } from './admission.ts';
import type { AgentSnapshot } from '@patchbay/common/agent-directory';
import { createApp, type AppDeps } from './app.ts';
import { RoomEventReader, type RoomEvent } from './livekit/events.ts';
import { ApiMetrics } from './metrics.ts';
import { CallDesk } from './outbound/call-desk.ts';
import type { Line } from './outbound/line.ts';
import { Sessions } from './session.ts';

export const ACCESS_KEY = 'a-key-only-tests-would-use-1';
export const LIVEKIT_KEY = { apiKey: 'APItest', apiSecret: 'a-secret-only-tests-would-ever-use' };

/** The API for tests, with two agents, LiveKit said to be there, and everything in reach. */
export function createTestApp(
  change: Partial<AppDeps> & {
    capacity?: number;
    staleMs?: number;
    lines?: ReadonlyMap<string, Line>;
  } = {},
) {
  const registry = new Registry();
  const health = new Health(['livekit', 'agents']);
  health.set('livekit', true);
  health.set('agents', true);
  const snapshot: AgentSnapshot = {
    askedAtMs: Date.now(),
    catalog: {
      agents: [
        { name: 'bank', title: 'Bank', description: 'Balances and cards.', language: 'en-US' },
        { name: 'support', title: 'Support', description: 'Service status.', language: 'en-US' },
      ],
      capacity: { active: 0, max: change.capacity ?? 10 },
    },
  };
  const known: { snapshot: AgentSnapshot | undefined } = { snapshot };
  const events: RoomEvent[] = [];
  const sessions = new Sessions({ secret: 'x'.repeat(32), ttlSeconds: 3_600 });
  const admission = new Admission({ maxCallsPerCaller: 5, staleMs: change.staleMs ?? 15_000 });
  const app = createApp({
    log: silentLogger(),
    health,
    metrics: new ApiMetrics(registry),
    tracer: NO_TRACER,
    admission,
    agents: { current: () => known.snapshot },
    issuer: { ...LIVEKIT_KEY, ttlSeconds: 120 },
    sessions,
    accessKeys: ['another-key-nobody-uses-here', ACCESS_KEY],
    rateLimits: { perAddress: 1_000, perKey: 1_000 },
    trustProxy: 0,
    publicLiveKitUrl: 'wss://livekit.example.org',
    webDist: '/nonexistent',
    events: new RoomEventReader(LIVEKIT_KEY.apiKey, LIVEKIT_KEY.apiSecret),
    onRoomEvent: (event) => events.push(event),
    ordersPerMinute: 1_000,
    desk: new CallDesk({
      lines: change.lines ?? new Map<string, Line>(),
      admission,
      agents: { current: () => known.snapshot },
      maxCalls: 2,
      secret: 'x'.repeat(32),
      log: silentLogger(),
    }),
    ...change,
  });
  return { app, health, registry, known, snapshot, events, sessions, admission };
}

/** What a test reads of an answer. */
export interface Answer {
  server_url?: string;
  participant_token?: string;
  room_name?: string;
  participant_identity?: string;
  ignored?: string[];
  error?: { code: string; message: string; field?: string };
}

export const bearer = { Authorization: `Bearer ${ACCESS_KEY}` };
