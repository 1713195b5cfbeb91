import {
  AGENT_WORKER_NAME,
  agentNameSchema,
  parseDispatchMetadata,
} from '@patchbay/common/room-contract';
import { z } from 'zod';
import { ApiError } from './errors.ts';
import { fieldPath } from './request-form.ts';

/** What a token request may choose: the agent. Everything else is chosen here. */
export interface TokenRequest {
  agent: string;
  /** Fields of the request that have no effect, so that nobody believes they had. */
  ignored: string[];
}

const MAX_SHOWN_CHARACTERS = 60;

const text = (max: number) =>
  z.string('must be a string').max(max, `must have at most ${max} characters`);

const dispatchSchema = z.looseObject({
  agent_name: text(256).optional(),
  metadata: text(4_096).optional(),
});

/** LiveKit's `TokenSourceRequest` in JSON (livekit_token_source.proto), names in snake_case. */
const bodySchema = z.looseObject({
  room_name: text(256).optional(),
  participant_name: text(256).optional(),
  participant_identity: text(256).optional(),
  participant_metadata: text(4_096).optional(),
  participant_attributes: z
    .record(text(256), text(4_096), 'must be an object of strings')
    .optional(),
  room_config: z
    .looseObject(
      {
        agents: z
          .array(dispatchSchema, 'must be an array of {"agent_name", "metadata"}')
          .max(1, 'must hold one agent: a call has one')
          .optional(),
      },
      'must be an object',
    )
    .optional(),
});

/**
 * Read `?agent=bank`.
 * @throws {ApiError} bad-parameter, naming `agent`
 */
export function parseQuery(query: Readonly<Record<string, unknown>>): string | undefined {
  const value = query['agent'];
  if (value === undefined) return undefined;
  if (Array.isArray(value)) {
    throw badParameter('agent', 'must be given once', value.join(', '));
  }
  return checkAgentName('agent', value);
}

/**
 * Read a request in the shape of LiveKit's token endpoint. The agent is taken from
 * `room_config.agents[0].metadata` (`{"agent":"bank"}`), from `room_config.agents[0].agent_name`
 * or from `?agent=`, and these must not contradict each other. Room, identity, name, metadata and
 * attributes are the server's choice by design: attributes tell the agent who is calling, so a
 * caller must not write them. Such fields are checked, ignored, and listed in the answer.
 *
 * @throws {ApiError} bad-parameter, naming the field's path
 */
export function parseTokenRequest(
  body: unknown,
  query: Readonly<Record<string, unknown>>,
): TokenRequest {
  const result = bodySchema.safeParse(body);
  if (!result.success) {
    const issue = result.error.issues[0];
    const path = fieldPath(issue?.path ?? []);
    throw badParameter(path || 'body', path ? (issue?.message ?? '') : 'must be a JSON object');
  }
  const request = result.data;
  const dispatch = request.room_config?.agents?.[0];
  const named = [
    { field: 'room_config.agents[0].metadata', agent: agentFromMetadata(dispatch?.metadata) },
    { field: 'room_config.agents[0].agent_name', agent: agentFromName(dispatch?.agent_name) },
    { field: 'agent', agent: parseQuery(query) },
  ].filter((entry) => entry.agent !== undefined);
  const [first, ...others] = named;
  if (first?.agent === undefined) throw missingAgent();
  for (const other of others) {
    if (other.agent !== first.agent) {
      throw badParameter(other.field, `must name the same agent as ${first.field}`, other.agent);
    }
  }
  return { agent: first.agent, ignored: ignoredFields(request) };
}

/** @returns the refusal of a request that names no agent */
export function missingAgent(): ApiError {
  return badParameter('agent', 'is missing; name an agent, for example ?agent=bank');
}

function agentFromMetadata(metadata: string | undefined): string | undefined {
  if (metadata === undefined || metadata === '') return undefined;
  const agent = parseDispatchMetadata(metadata);
  if (agent !== undefined) return agent;
  throw badParameter(
    'room_config.agents[0].metadata',
    'must be JSON like {"agent":"bank"}',
    metadata,
  );
}

/** Both `patchbay`, the worker's own name, and an agent's name are understood. */
function agentFromName(name: string | undefined): string | undefined {
  if (name === undefined || name === '' || name === AGENT_WORKER_NAME) return undefined;
  return checkAgentName('room_config.agents[0].agent_name', name);
}

function checkAgentName(field: string, value: unknown): string {
  const result = agentNameSchema.safeParse(value);
  if (result.success) return result.data;
  throw badParameter(field, result.error.issues[0]?.message ?? 'must be an agent name', value);
}

function ignoredFields(request: z.output<typeof bodySchema>): string[] {
  const top = Object.keys(request).filter((name) => name !== 'room_config');
  const config = Object.keys(request.room_config ?? {}).filter((name) => name !== 'agents');
  return [...top, ...config.map((name) => `room_config.${name}`)]
    .filter((name) => name.length <= MAX_SHOWN_CHARACTERS)
    .slice(0, 20);
}

function badParameter(field: string, problem: string, value?: unknown): ApiError {
  const shown =
    typeof value === 'string'
      ? `; got ${JSON.stringify(value.slice(0, MAX_SHOWN_CHARACTERS))}${value.length > MAX_SHOWN_CHARACTERS ? '…' : ''}`
      : '';
  return new ApiError('bad-parameter', `${field} ${problem}${shown}.`, { field });
}
