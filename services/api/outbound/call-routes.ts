import express, { Router, type Request, type RequestHandler } from 'express';
import { agentNameSchema } from '@patchbay/common/room-contract';
import { phoneNumberSchema } from '@patchbay/common/sip-users';
import { z } from 'zod';
import type { Access } from '../access.ts';
import { ApiError } from '../errors.ts';
import type { ApiMetrics } from '../metrics.ts';
import { fieldPath, only, requireJson } from '../request-form.ts';
import type { CallAnswer, CallDesk } from './call-desk.ts';

const MAX_BODY_BYTES = 4 * 1_024;
const DEFAULT_RING_SECONDS = 45;
/** Longer than any network lets a phone ring. */
const MOST_RING_SECONDS = 120;
const CALL_ID = /^[0-9a-f]{32}$/;
const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,200}$/;

const bodySchema = z.strictObject({
  to: phoneNumberSchema,
  agent: agentNameSchema,
  via: z.string().max(40).optional(),
  from: phoneNumberSchema.optional(),
  ringSeconds: z.int().min(5).max(MOST_RING_SECONDS).default(DEFAULT_RING_SECONDS),
});

export interface CallRouteDeps {
  access: Access;
  desk: CallDesk;
  metrics: ApiMetrics;
  /** For orders. */
  orderLimiter: RequestHandler;
  /** For looks at a call. */
  readLimiter: RequestHandler;
  /** Throws if no call can begin now. */
  ready: RequestHandler;
}

/**
 * `POST /calls` places a call out, `GET /calls/<id>` tells how it stands, `DELETE /calls/<id>` calls
 * it off. For programs with an access key only: a call costs money, and rings somebody.
 */
export function callRoutes(deps: CallRouteDeps): Router {
  const router = Router();
  const { desk, metrics, orderLimiter, readLimiter } = deps;
  const keyOf = (request: Request): number => {
    const index = deps.access.keyIndex(request);
    if (index !== undefined) return index;
    throw new ApiError(
      'unauthenticated',
      'Calls out are for programs: send "Authorization: Bearer <access key>" (API_ACCESS_KEYS).',
    );
  };

  router.all('/calls', metrics.timed('/api/calls'), only('POST'));
  router.post(
    '/calls',
    orderLimiter,
    (request, _response, next) => {
      keyOf(request);
      next();
    },
    requireJson,
    express.json({ limit: MAX_BODY_BYTES, inflate: false }),
    deps.ready,
    async (request, response) => {
      const { ringSeconds, ...wish } = readBody(request.body);
      const { call, isNew } = await desk.place(
        { ...wish, ringLimitMs: ringSeconds * 1_000 },
        { index: keyOf(request), idempotency: idempotencyOf(request) },
      );
      response
        .status(isNew ? 202 : 200)
        .location(`/api/calls/${call.callId}`)
        .set('Cache-Control', 'no-store')
        .json(answerOf(call));
    },
  );

  router.all('/calls/:id', metrics.timed('/api/calls/:id'), only('GET', 'DELETE'));
  router.get('/calls/:id', readLimiter, async (request, response) => {
    keyOf(request);
    const call = await desk.find(idOf(request));
    response.set('Cache-Control', 'no-store').json(answerOf(call));
  });
  router.delete('/calls/:id', readLimiter, async (request, response) => {
    keyOf(request);
    const call = await desk.cancel(idOf(request));
    response.set('Cache-Control', 'no-store').json(answerOf(call));
  });
  return router;
}

function readBody(body: unknown): z.output<typeof bodySchema> {
  const read = bodySchema.safeParse(body);
  if (read.success) return read.data;
  const issue = read.error.issues[0];
  const path = fieldPath(issue?.path ?? []);
  throw new ApiError('bad-parameter', `${path || 'body'}: ${issue?.message ?? 'is wrong'}.`, {
    field: path || 'body',
  });
}

function idempotencyOf(request: Request): string | undefined {
  const given = request.get('idempotency-key');
  if (given === undefined || IDEMPOTENCY_KEY.test(given)) return given;
  throw new ApiError('bad-parameter', 'Idempotency-Key must have 1 to 200 visible characters.', {
    field: 'Idempotency-Key',
  });
}

function idOf(request: Request): string {
  const id = request.params['id'];
  if (typeof id === 'string' && CALL_ID.test(id)) return id;
  throw new ApiError('not-found', 'There is no such call.');
}

function answerOf({ callId, room, via, state, result, detail, sipStatus }: CallAnswer) {
  return { call_id: callId, room_name: room, via, state, result, detail, sip_status: sipStatus };
}
