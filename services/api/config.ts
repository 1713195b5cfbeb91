import { fileURLToPath } from 'node:url';
import {
  ConfigError,
  jsonVariable,
  livekitVariables,
  loadConfig,
  millisecondsVariable,
  opsVariables,
  portVariable,
  urlVariable,
} from '@patchbay/common/env-config';
import { recordVariables } from '@patchbay/common/record-sink';
import { tracingVariables } from '@patchbay/common/tracing/start-tracer';
import { z } from 'zod';
import { viaSchema } from './outbound/via.ts';

const DEFAULT_WEB_DIST = fileURLToPath(new URL('../web/dist', import.meta.url));
const MIN_ACCESS_KEY_LENGTH = 24;

const positiveInteger = (what: string, max: number) =>
  z.coerce
    .number({ error: `must be a number of ${what}` })
    .int(`must be a whole number of ${what}`)
    .min(1, `must be at least 1`)
    .max(max, `must be at most ${max}`);

const listVariable = z
  .string()
  .transform((text) => text.split(',').map((part) => part.trim()))
  .transform((parts) => parts.filter((part) => part !== ''));

/** `2` trusts two proxies in front; `10.0.0.0/8,loopback` trusts these addresses. */
const trustProxyVariable = z
  .string()
  .regex(
    /^(\d{1,2}|(loopback|linklocal|uniquelocal|[0-9a-fA-F.:]+(\/\d{1,3})?)(,\s*(loopback|linklocal|uniquelocal|[0-9a-fA-F.:]+(\/\d{1,3})?))*)$/,
    'must be a number of proxies (for example 1) or their addresses (for example 10.0.0.0/8,loopback)',
  )
  .transform((text) =>
    /^\d+$/.test(text) ? Number(text) : text.split(',').map((part) => part.trim()),
  );

const schema = z.object({
  ...livekitVariables,
  ...opsVariables,
  ...tracingVariables,
  ...recordVariables,
  /** LiveKit's address as browsers reach it. LIVEKIT_URL by default. */
  PUBLIC_LIVEKIT_URL: urlVariable(['ws', 'wss', 'http', 'https']).optional(),
  API_HOST: z.string().default('127.0.0.1'),
  API_PORT: portVariable.default(0),
  /** The agent worker's `GET /agents`. */
  AGENT_CATALOG_URL: urlVariable(['http', 'https']),
  AGENT_CATALOG_REFRESH_MS: millisecondsVariable.min(100, 'must be at least 100').default(2_000),
  /** Agents unheard of for this long get no new callers. */
  AGENT_CATALOG_STALE_MS: millisecondsVariable.min(1_000, 'must be at least 1000').default(15_000),
  /** Comma-separated keys for programs that fetch tokens (`Authorization: Bearer …`). */
  API_ACCESS_KEYS: listVariable
    .refine(
      (keys) => keys.every((key) => key.length >= MIN_ACCESS_KEY_LENGTH),
      `each key must have at least ${MIN_ACCESS_KEY_LENGTH} characters`,
    )
    .default([]),
  /** Signs the page's session cookie; the same in every replica. */
  API_SESSION_SECRET: z.string().min(32, 'must have at least 32 characters'),
  API_SESSION_TTL_SECONDS: positiveInteger('seconds', 86_400).default(3_600),
  /** How long a token can be used to join; a call that has begun goes on. */
  API_TOKEN_TTL_SECONDS: positiveInteger('seconds', 3_600).default(120),
  /** Token requests a minute from one address (an IPv6 /56 counts as one). */
  API_RATE_LIMIT_PER_MINUTE: positiveInteger('requests', 1_000_000).default(30),
  /** Token requests a minute with one access key. */
  API_RATE_LIMIT_PER_KEY: positiveInteger('requests', 1_000_000).default(600),
  /** Ways out for calls; `POST /api/calls` is closed without any. */
  API_OUTBOUND: jsonVariable(
    z
      .array(viaSchema)
      .refine(
        (vias) => new Set(vias.map(({ name }) => name)).size === vias.length,
        'must not name a way out twice',
      ),
  ).default([]),
  /** The bridges' BRIDGE_CONTROL_KEY, for ways out through them. */
  API_BRIDGE_CONTROL_KEY: z.string().min(24, 'must have at least 24 characters').optional(),
  /** Orders for calls out a minute with one access key. */
  API_OUTBOUND_PER_MINUTE: positiveInteger('orders', 1_000_000).default(30),
  /** Calls out at once that this process has placed. */
  API_MAX_OUTBOUND_CALLS: positiveInteger('calls', 100_000).default(10),
  /** Calls at once from one address through the page. */
  API_MAX_CALLS_PER_CALLER: positiveInteger('calls', 1_000_000).default(5),
  /** Which proxies' X-Forwarded-* to believe; none by default. */
  API_TRUST_PROXY: trustProxyVariable.default(0),
  /** Folder of the built page. */
  WEB_DIST: z.string().default(DEFAULT_WEB_DIST),
});

export type ApiConfig = z.output<typeof schema>;

/** @throws {ConfigError} naming every variable that is missing or wrong */
export function loadApiConfig(env: Readonly<Record<string, string | undefined>>): ApiConfig {
  const config = loadConfig('api', schema, env);
  const needsKey = config.API_OUTBOUND.some(({ kind }) => kind === 'bridge');
  if (needsKey && config.API_BRIDGE_CONTROL_KEY === undefined) {
    const problem = 'must be set for the ways out through the bridge (API_OUTBOUND)';
    throw new ConfigError('api', [{ variable: 'API_BRIDGE_CONTROL_KEY', problem }]);
  }
  return config;
}
