import express, { type Express } from 'express';
import type { Health } from '@patchbay/common/health';
import type { Logger } from '@patchbay/common/logger';
import type { Tracer } from '@patchbay/common/tracing/span';
import { Access } from './access.ts';
import type { Admission } from './admission.ts';
import type { AgentSnapshot } from '@patchbay/common/agent-directory';
import { ApiError, errorHandler } from './errors.ts';
import type { RoomEvent, RoomEventReader } from './livekit/events.ts';
import type { TokenIssuerOptions } from './livekit/token.ts';
import type { ApiMetrics } from './metrics.ts';
import { servePage } from './page.ts';
import { limitRequests, type RateLimits } from './rate-limit.ts';
import { securityHeaders } from './security-headers.ts';
import type { Sessions } from './session.ts';
import { tokenRoutes } from './token-routes.ts';
import type { CallDesk } from './outbound/call-desk.ts';
import { callRoutes } from './outbound/call-routes.ts';
import { only, whenReady } from './request-form.ts';

export interface AppDeps {
  log: Logger;
  health: Health;
  metrics: ApiMetrics;
  tracer: Tracer;
  admission: Admission;
  agents: { current(): AgentSnapshot | undefined };
  issuer: TokenIssuerOptions;
  sessions: Sessions;
  accessKeys: readonly string[];
  rateLimits: RateLimits;
  /** Express's `trust proxy`: a number of proxies or their addresses. */
  trustProxy: number | readonly string[];
  /** ws: or wss: address handed to browsers. */
  publicLiveKitUrl: string;
  /** Folder of the built page. */
  webDist: string;
  events: RoomEventReader;
  onRoomEvent: (event: RoomEvent) => void;
  desk: CallDesk;
  /** Orders for calls out a minute with one access key. */
  ordersPerMinute: number;
}

const MAX_EVENT_BYTES = 256 * 1024;
/** Reading the catalogue is cheap, and a page that waits for the agents reads it again and again. */
const READS_PER_TOKEN = 10;

/** The HTTP API and the page, without a socket. */
export function createApp(deps: AppDeps): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('trust proxy', deps.trustProxy === 0 ? false : deps.trustProxy);
  app.use(...securityHeaders(deps.publicLiveKitUrl));

  const access = new Access(deps.accessKeys, deps.sessions);
  const { perAddress, perKey } = deps.rateLimits;
  const reads = { perAddress: perAddress * READS_PER_TOKEN, perKey: perKey * READS_PER_TOKEN };

  app.use(
    '/api',
    tokenRoutes({
      ...deps,
      access,
      limiter: limitRequests(deps.rateLimits, access, deps.log),
    }),
  );
  const orders = { perAddress: deps.ordersPerMinute, perKey: deps.ordersPerMinute };
  app.use(
    '/api',
    callRoutes({
      access,
      desk: deps.desk,
      metrics: deps.metrics,
      orderLimiter: limitRequests(orders, access, deps.log),
      readLimiter: limitRequests(reads, access, deps.log),
      ready: whenReady(deps.health),
    }),
  );
  app.all('/api/agents', deps.metrics.timed('/api/agents'), only('GET'));
  app.get('/api/agents', limitRequests(reads, access, deps.log), (_request, response) => {
    const snapshot = deps.admission.known(deps.agents.current());
    response.set('Cache-Control', 'no-store').json({
      agents: snapshot.catalog.agents,
      // Whether a call could begin now; how many is nobody's business outside.
      available: !deps.admission.isStale(snapshot) && deps.admission.freePlaces(snapshot) > 0,
    });
  });
  app.use('/api', (request) => {
    throw new ApiError('not-found', `There is nothing at /api${request.path.slice(0, 60)}.`);
  });

  app.all('/livekit/webhook', deps.metrics.timed('/livekit/webhook'), only('POST'));
  app.post(
    '/livekit/webhook',
    express.text({ type: () => true, limit: MAX_EVENT_BYTES }),
    async (request, response) => {
      const body: unknown = request.body;
      const event = await deps.events
        .read(typeof body === 'string' ? body : '', request.get('authorization'))
        .catch((error: unknown) => {
          deps.metrics.webhookEvent('refused');
          deps.log.warn({ err: error }, 'an event without a right LiveKit signature was refused');
          throw new ApiError('bad-signature', 'The event is not signed with our LiveKit key.');
        });
      deps.metrics.webhookEvent(KNOWN_EVENTS.has(event.event) ? event.event : 'other');
      deps.onRoomEvent(event);
      response.status(200).end();
    },
  );

  app.use(servePage(deps.webDist, deps.sessions));
  app.use(() => {
    throw new ApiError('not-found', 'There is no such page. The way in is /.');
  });
  app.use(errorHandler(deps.log));
  return app;
}

const KNOWN_EVENTS = new Set([
  'room_started',
  'room_finished',
  'participant_joined',
  'participant_left',
  'participant_connection_aborted',
  'track_published',
  'track_unpublished',
]);
