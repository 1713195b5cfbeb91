import express, { Router, type RequestHandler, type Response } from 'express';
import type { Health } from '@patchbay/common/health';
import type { Logger } from '@patchbay/common/logger';
import { newCallId } from '@patchbay/common/room-contract';
import type { Tracer } from '@patchbay/common/tracing/span';
import { callFields } from '@patchbay/common/tracing/trace-id';
import type { Access, Caller } from './access.ts';
import type { Admission } from './admission.ts';
import type { AgentSnapshot } from '@patchbay/common/agent-directory';
import type { ApiError } from './errors.ts';
import { issueToken, type TokenIssuerOptions } from './livekit/token.ts';
import type { ApiMetrics } from './metrics.ts';
import { only, requireJson, whenReady } from './request-form.ts';
import { missingAgent, parseQuery, parseTokenRequest, type TokenRequest } from './token-request.ts';

export interface TokenRouteDeps {
  access: Access;
  admission: Admission;
  agents: { current(): AgentSnapshot | undefined };
  health: Health;
  issuer: TokenIssuerOptions;
  metrics: ApiMetrics;
  tracer: Tracer;
  log: Logger;
  limiter: RequestHandler;
  /** ws: or wss: address handed to browsers. */
  publicLiveKitUrl: string;
}

/** Longer than any honest token request. */
export const MAX_BODY_BYTES = 16 * 1024;

/**
 * `GET /getToken?agent=bank` and `POST /token`, the latter in the shape of LiveKit's token endpoint
 * (`TokenSource.endpoint`). Both answer with `server_url` and `participant_token`, and with what
 * was chosen for the caller.
 *
 * `TokenSource` keeps an answer while the token has more than a minute to live, so two fetches with
 * the same options within a minute give the same room; pass `force` for a second call.
 */
export function tokenRoutes(deps: TokenRouteDeps): Router {
  const router = Router();

  const answer = async (response: Response, status: number, caller: Caller, wish: TokenRequest) => {
    const sinceMs = Date.now();
    const snapshot = deps.admission.knownWith(wish.agent, deps.agents.current());
    const callId = newCallId();
    deps.admission.admit(snapshot, callId, caller.kind === 'page' ? caller.address : undefined);
    const token = await issueToken(deps.issuer, wish.agent, callId);
    deps.metrics.tokenRequest('issued');
    response.locals['callId'] = callId;
    const { agent } = wish;
    deps.tracer
      .within({ callId }, 'token request', {
        atMs: sinceMs,
        kind: 'server',
        attributes: { 'patchbay.agent': agent, 'patchbay.room': token.room },
      })
      .end();
    deps.log.info({ ...callFields({ room: token.room }), agent }, 'token issued');
    response
      .status(status)
      .set('Cache-Control', 'no-store')
      .json({
        server_url: deps.publicLiveKitUrl,
        participant_token: token.jwt,
        room_name: token.room,
        participant_identity: token.identity,
        participant_name: token.name,
        agent: wish.agent,
        expires_in: deps.issuer.ttlSeconds,
        ...(wish.ignored.length > 0 ? { ignored: wish.ignored } : {}),
      });
  };

  const countRefusals: RequestHandler = (_request, response, next) => {
    response.once('close', () => {
      const code: unknown = response.locals['errorCode'];
      if (typeof code === 'string') deps.metrics.tokenRequest(code as ApiError['code']);
    });
    next();
  };
  const identify: RequestHandler = (request, response, next) => {
    response.locals['caller'] = deps.access.identify(request);
    next();
  };
  const ready = whenReady(deps.health);
  const callerOf = (response: Response) => response.locals['caller'] as Caller;

  router.all('/getToken', deps.metrics.timed('/api/getToken'), countRefusals, only('GET'));
  router.get('/getToken', deps.limiter, identify, ready, async (request, response) => {
    const agent = parseQuery(request.query);
    if (agent === undefined) throw missingAgent();
    await answer(response, 200, callerOf(response), { agent, ignored: [] });
  });

  router.all('/token', deps.metrics.timed('/api/token'), countRefusals, only('POST'));
  router.post(
    '/token',
    deps.limiter,
    identify,
    requireJson,
    express.json({ limit: MAX_BODY_BYTES, inflate: false }),
    ready,
    async (request, response) => {
      const wish = parseTokenRequest(request.body, request.query);
      await answer(response, 201, callerOf(response), wish);
    },
  );
  return router;
}
