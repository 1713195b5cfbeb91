import { z } from 'zod';
import {
  livekitVariables,
  loadConfig,
  millisecondsVariable,
  opsVariables,
  portVariable,
  urlVariable,
} from '@patchbay/common/env-config';
import { phoneNumberSchema } from '@patchbay/common/sip-users';
import { tracingVariables } from '@patchbay/common/tracing/start-tracer';
import { providerVariables } from './providers/catalog.ts';

const variables = z.object({
  ...livekitVariables,
  ...opsVariables,
  ...tracingVariables,
  /** Port of the framework's own health page, on loopback; it can't take a free one by itself. */
  AGENT_WORKER_PORT: portVariable.min(1, 'must be a port number from 1 to 65535'),
  /** Calls this worker holds at once; more are refused so that another worker takes them. */
  AGENT_MAX_CALLS: z.coerce
    .number({ error: 'must be a whole number' })
    .int('must be a whole number')
    .min(1, 'must be at least 1')
    .default(10),
  /** Job processes kept warm for the next calls; each costs about 110 MB. */
  AGENT_IDLE_PROCESSES: z.coerce
    .number({ error: 'must be a whole number' })
    .int('must be a whole number')
    .min(1, 'must be at least 1')
    .max(20, 'must be at most 20')
    .default(2),
  /** On shutdown, live calls may go on this long. */
  AGENT_DRAIN_LIMIT_MS: millisecondsVariable.default(3_600_000),
  /** No spoken answer this long after the caller's turn counts as a failed provider. */
  AGENT_REPLY_LIMIT_MS: millisecondsVariable.default(20_000),
  /** Silence after which a caller is asked whether they are still there; an agent's file may differ. */
  AGENT_SILENCE_MS: millisecondsVariable.default(10_000),
  /** Whether agents' files are read again when they change; for people who write them. */
  AGENT_RELOAD: z.enum(['yes', 'no'], { error: 'must be yes or no' }).default('no'),
  /**
   * Who decides that the caller has finished: silence and whether the words sound finished (`words`),
   * silence alone (`vad`), or the speech recogniser (`stt`). See docs/decisions/0002.
   */
  AGENT_TURN_DETECTION: z
    .enum(['words', 'vad', 'stt'], { error: 'must be words, vad or stt' })
    .default('words'),
  /** Silence after which a turn may end. Grows with the pauses that this caller makes. */
  AGENT_TURN_MIN_DELAY_MS: millisecondsVariable.default(150),
  /** Silence after which a turn ends in any case. */
  AGENT_TURN_MAX_DELAY_MS: millisecondsVariable.default(1_300),
  /** Silence the voice detector needs to report the end of speech. */
  AGENT_VAD_SILENCE_MS: millisecondsVariable.default(100),
  /** Base URL of the bank's API, used by the tools of `bank`. */
  BANK_API_URL: urlVariable(['http', 'https']),
  /** Phone number of the customer that callers without a number (the web page) speak for. */
  BANK_DEFAULT_CUSTOMER: phoneNumberSchema.optional(),
  // Keys and addresses, under the providers' own names.
  ...providerVariables,
});

export type AgentConfig = z.output<typeof variables>;

/**
 * The agent worker's configuration. Missing provider keys are no fault here: the worker starts, says
 * which are missing, and calls that need them get a spoken apology.
 *
 * @throws {@link ConfigError} listing every fault
 */
export function loadAgentConfig(
  env: Readonly<Record<string, string | undefined>> = process.env,
): AgentConfig {
  return loadConfig('agent', variables, env);
}
