import { isIP } from 'node:net';
import { z } from 'zod';
import {
  jsonVariable,
  livekitVariables,
  loadConfig,
  millisecondsVariable,
  opsVariables,
  portVariable,
  urlVariable,
} from '@patchbay/common/env-config';
import { recordVariables } from '@patchbay/common/record-sink';
import { tracingVariables, type TracingConfig } from '@patchbay/common/tracing/start-tracer';
import { DEFAULT_ENGINE, ROOM_ENGINES, type RoomEngineName } from './room/engines.ts';
import { LATCH_RULES, type LatchRule } from './rtp/latch.ts';
import {
  passwordFaults,
  trunkFaults,
  trunkPasswordsSchema,
  trunkSchema,
  type Trunk,
  type TrunkPasswords,
} from './sip/trunk.ts';

/** What Node and LiveKit can hold in one timer: about 24 days. */
const LONGEST_TIMER_MS = 2_147_483_647;
const timer = millisecondsVariable.max(LONGEST_TIMER_MS, `must be at most ${LONGEST_TIMER_MS}`);

const addressVariable = z
  .string()
  .refine((value) => isIP(value) !== 0, 'must be an IPv4 or IPv6 address, not a host name');

const bridgeSchema = z
  .object({
    ...livekitVariables,
    ...opsVariables,
    ...tracingVariables,
    ...recordVariables,
    DRACHTIO_HOST: z.string().default('127.0.0.1'),
    DRACHTIO_PORT: portVariable.default(9022),
    DRACHTIO_SECRET: z.string().min(1),
    BRIDGE_TRUNKS: jsonVariable(z.array(trunkSchema).min(1, 'must name at least one trunk')),
    /** Digest passwords: trunk → user → password. */
    BRIDGE_TRUNK_PASSWORDS: jsonVariable(trunkPasswordsSchema).optional(),
    /** What callers hear that come from no trunk's sources: nothing, or 403. */
    BRIDGE_UNKNOWN_SOURCE: z.enum(['drop', 'refuse']).default('drop'),
    /** INVITEs that one source address may send in a second; more get 503. */
    BRIDGE_SOURCE_CALLS_PER_SECOND: z.coerce.number().positive().default(100),
    /** Most calls at once; the RTP ports alone decide if it is not set. */
    BRIDGE_MAX_CALLS: z.coerce.number().int().min(1).optional(),
    /** The agent workers' `GET /agents`: no call is taken that none of them has a place for. */
    AGENT_CATALOG_URL: urlVariable(['http', 'https']).optional(),
    AGENT_CATALOG_REFRESH_MS: timer.min(100, 'must be at least 100').default(2_000),
    /** Agents unheard of for this long get no new callers. */
    AGENT_CATALOG_STALE_MS: timer.min(1_000, 'must be at least 1000').default(15_000),
    /** Local address of the RTP sockets. */
    BRIDGE_RTP_BIND: addressVariable.default('0.0.0.0'),
    /** Address that callers are told to send RTP to; BRIDGE_RTP_BIND unless that is a wildcard. */
    BRIDGE_RTP_ADVERTISED: addressVariable.optional(),
    BRIDGE_RTP_PORT_MIN: portVariable.default(20_000),
    BRIDGE_RTP_PORT_MAX: portVariable.default(29_999),
    /** A released port is not used again for this long, so that late packets can't reach the next call. */
    BRIDGE_RTP_REST_MS: timer.default(30_000),
    /** Who may become the source of a call's audio: the address in the SDP, or whoever is first. */
    BRIDGE_RTP_LATCH: z.enum(LATCH_RULES).default('signalled-address'),
    /** A caller hears ringing for at most this long while the agent comes. */
    BRIDGE_AGENT_WAIT_MS: timer.default(20_000),
    /** A call without any RTP after the answer ends after this long. */
    BRIDGE_MEDIA_START_TIMEOUT_MS: timer.default(30_000),
    /** A call whose RTP stops ends after this long. */
    BRIDGE_MEDIA_TIMEOUT_MS: timer.default(15_000),
    /** How long a phone that we call may ring, unless the order says otherwise. */
    BRIDGE_RING_LIMIT_MS: timer.default(60_000),
    /** Key of the door for calls out; without it that door is closed. */
    BRIDGE_CONTROL_KEY: z.string().min(24, 'must have at least 24 characters').optional(),
    BRIDGE_CONTROL_HOST: z.string().default('127.0.0.1'),
    BRIDGE_CONTROL_PORT: portVariable.default(9_095),
    BRIDGE_MAX_CALL_MS: timer.default(86_400_000),
    /** On SIGTERM calls may go on for this long. */
    BRIDGE_DRAIN_LIMIT_MS: timer.default(3_600_000),
    /** How rooms are joined; docs/decisions/0004 says when which. */
    BRIDGE_ENGINE: z.enum(ROOM_ENGINES, 'must be direct or sdk').default(DEFAULT_ENGINE),
    /** Processes beside this one that handle the calls' audio; 0: this one does (decision 0009). */
    BRIDGE_MEDIA_WORKERS: z.coerce.number().int().min(0).max(64).default(0),
  })
  .superRefine((config, context) => {
    const wildcard = config.BRIDGE_RTP_BIND === '0.0.0.0' || config.BRIDGE_RTP_BIND === '::';
    if (wildcard && config.BRIDGE_RTP_ADVERTISED === undefined) {
      const message = 'must be set when BRIDGE_RTP_BIND is a wildcard address';
      context.addIssue({ code: 'custom', path: ['BRIDGE_RTP_ADVERTISED'], message });
    }
    if (config.BRIDGE_RTP_PORT_MIN < 1_024) {
      const message = 'must be at least 1024';
      context.addIssue({ code: 'custom', path: ['BRIDGE_RTP_PORT_MIN'], message });
    }
    if (config.BRIDGE_RTP_PORT_MAX < config.BRIDGE_RTP_PORT_MIN + 1) {
      const message = `must be greater than BRIDGE_RTP_PORT_MIN (${config.BRIDGE_RTP_PORT_MIN})`;
      context.addIssue({ code: 'custom', path: ['BRIDGE_RTP_PORT_MAX'], message });
    }
    for (const message of trunkFaults(config.BRIDGE_TRUNKS)) {
      context.addIssue({ code: 'custom', path: ['BRIDGE_TRUNKS'], message });
    }
    const passwords = config.BRIDGE_TRUNK_PASSWORDS ?? {};
    for (const message of passwordFaults(config.BRIDGE_TRUNKS, passwords)) {
      context.addIssue({ code: 'custom', path: ['BRIDGE_TRUNK_PASSWORDS'], message });
    }
  });

/** The bridge's settings, checked. Durations in ms. */
export interface BridgeConfig {
  livekit: { url: string; apiKey: string; apiSecret: string };
  ops: { host: string; port: number };
  log: { level: string; personalData: boolean };
  tracing: TracingConfig;
  /** Where call records are posted to as well. */
  recordUrl: string | undefined;
  drachtio: { host: string; port: number; secret: string };
  trunks: readonly Trunk[];
  trunkPasswords: TrunkPasswords;
  /** The door for calls out; undefined if it is closed. */
  control: { host: string; port: number; key: string } | undefined;
  admission: {
    unknownSource: 'drop' | 'refuse';
    sourceCallsPerSecond: number;
    /** Infinity if only the ports decide. */
    maxCalls: number;
  };
  /** How the agents' free places are asked for; undefined if they are not. */
  agents: { url: string; refreshMs: number; staleMs: number } | undefined;
  rtp: {
    bindAddress: string;
    advertisedAddress: string;
    portMin: number;
    portMax: number;
    restMs: number;
    latch: LatchRule;
  };
  limits: {
    agentWaitMs: number;
    mediaStartTimeoutMs: number;
    mediaTimeoutMs: number;
    maxCallMs: number;
    ringLimitMs: number;
    drainLimitMs: number;
  };
  engine: RoomEngineName;
  /** 0 handles the audio in this process. */
  mediaWorkers: number;
}

/**
 * Read the bridge's settings from the environment.
 * @throws {ConfigError} naming every variable that is wrong
 */
export function loadBridgeConfig(env: Readonly<Record<string, string | undefined>>): BridgeConfig {
  const given = loadConfig('bridge', bridgeSchema, env);
  return {
    livekit: {
      url: given.LIVEKIT_URL,
      apiKey: given.LIVEKIT_API_KEY,
      apiSecret: given.LIVEKIT_API_SECRET,
    },
    ops: { host: given.OPS_HOST, port: given.OPS_PORT },
    log: { level: given.LOG_LEVEL, personalData: given.LOG_PERSONAL_DATA === 'yes' },
    tracing: {
      OTEL_EXPORTER_OTLP_ENDPOINT: given.OTEL_EXPORTER_OTLP_ENDPOINT,
      OTEL_TRACES_SAMPLER_ARG: given.OTEL_TRACES_SAMPLER_ARG,
    },
    recordUrl: given.CALL_RECORD_URL,
    drachtio: {
      host: given.DRACHTIO_HOST,
      port: given.DRACHTIO_PORT,
      secret: given.DRACHTIO_SECRET,
    },
    trunks: given.BRIDGE_TRUNKS,
    trunkPasswords: given.BRIDGE_TRUNK_PASSWORDS ?? {},
    control:
      given.BRIDGE_CONTROL_KEY === undefined
        ? undefined
        : {
            host: given.BRIDGE_CONTROL_HOST,
            port: given.BRIDGE_CONTROL_PORT,
            key: given.BRIDGE_CONTROL_KEY,
          },
    admission: {
      unknownSource: given.BRIDGE_UNKNOWN_SOURCE,
      sourceCallsPerSecond: given.BRIDGE_SOURCE_CALLS_PER_SECOND,
      maxCalls: given.BRIDGE_MAX_CALLS ?? Infinity,
    },
    agents:
      given.AGENT_CATALOG_URL === undefined
        ? undefined
        : {
            url: given.AGENT_CATALOG_URL,
            refreshMs: given.AGENT_CATALOG_REFRESH_MS,
            staleMs: given.AGENT_CATALOG_STALE_MS,
          },
    rtp: {
      bindAddress: given.BRIDGE_RTP_BIND,
      advertisedAddress: given.BRIDGE_RTP_ADVERTISED ?? given.BRIDGE_RTP_BIND,
      portMin: given.BRIDGE_RTP_PORT_MIN,
      portMax: given.BRIDGE_RTP_PORT_MAX,
      restMs: given.BRIDGE_RTP_REST_MS,
      latch: given.BRIDGE_RTP_LATCH,
    },
    limits: {
      agentWaitMs: given.BRIDGE_AGENT_WAIT_MS,
      mediaStartTimeoutMs: given.BRIDGE_MEDIA_START_TIMEOUT_MS,
      mediaTimeoutMs: given.BRIDGE_MEDIA_TIMEOUT_MS,
      maxCallMs: given.BRIDGE_MAX_CALL_MS,
      ringLimitMs: given.BRIDGE_RING_LIMIT_MS,
      drainLimitMs: given.BRIDGE_DRAIN_LIMIT_MS,
    },
    engine: given.BRIDGE_ENGINE,
    mediaWorkers: given.BRIDGE_MEDIA_WORKERS,
  };
}
