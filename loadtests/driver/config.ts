import { isIP } from 'node:net';
import { jsonVariable, loadConfig, portVariable, urlVariable } from '@patchbay/common/env-config';
import { z } from 'zod';
import { remoteFault } from './loopback.ts';
import { numberSchema } from './plan.ts';

const addressVariable = z
  .string()
  .refine((value) => isIP(value) !== 0, 'must be an IP address')
  .default('127.0.0.1');

const variables = z
  .object({
    /** Where the driver's own API listens. */
    DRIVER_HOST: addressVariable,
    DRIVER_PORT: portVariable.default(0),
    /** The token API, for the web door. */
    TARGET_API_URL: urlVariable(['http', 'https']),
    TARGET_ACCESS_KEY: z.string().min(1),
    /** `host:port` that INVITEs go to, for the phone door. */
    TARGET_SIP: z
      .string()
      .regex(/^[^\s:]+:\d{1,5}$/, 'must be host:port, for example 127.0.0.1:5060')
      .optional(),
    TARGET_SIP_TRANSPORT: z.enum(['udp', 'tcp'], 'must be udp or tcp').default('udp'),
    /** Which number leads to which agent: `{"bank":"+12025550101"}`. */
    TARGET_NUMBERS: jsonVariable(z.record(z.string(), numberSchema)).default({}),
    /** Name of the trunk, for tags. */
    TARGET_TRUNK: z.string().default('local'),
    /** Own address towards the target. */
    DRIVER_LOCAL_ADDRESS: addressVariable,
    DRIVER_FROM: numberSchema.default('+12025550187'),
    DRIVER_MAX_CALLS: z.coerce.number().int().min(1).max(500).default(50),
    /** `yes` if somebody posts call records to it; phone calls then wait for theirs. */
    DRIVER_RECORDS: z.enum(['yes', 'no']).default('no'),
    /** `1` to call anything that is not this machine. */
    ALLOW_REMOTE: z.enum(['0', '1'], 'must be 1 or 0').default('0'),
  })
  .superRefine((given, context) => {
    if (given.ALLOW_REMOTE === '1') return;
    for (const name of ['TARGET_API_URL', 'TARGET_SIP'] as const) {
      const message = remoteFault(given[name]);
      if (message) context.addIssue({ code: 'custom', path: [name], message });
    }
  });

export interface DriverConfig {
  host: string;
  port: number;
  api: { url: string; accessKey: string };
  sip: { host: string; port: number; transport: 'udp' | 'tcp' } | undefined;
  numbers: Readonly<Record<string, string>>;
  trunk: string;
  localAddress: string;
  from: string;
  maxCalls: number;
  expectRecords: boolean;
}

/** @throws ConfigError listing every fault */
export function loadDriverConfig(env: Readonly<Record<string, string | undefined>>): DriverConfig {
  const given = loadConfig('the call driver', variables, env);
  const [host = '', port = ''] = given.TARGET_SIP?.split(':') ?? [];
  return {
    host: given.DRIVER_HOST,
    port: given.DRIVER_PORT,
    api: { url: given.TARGET_API_URL.replace(/\/+$/, ''), accessKey: given.TARGET_ACCESS_KEY },
    sip:
      given.TARGET_SIP === undefined
        ? undefined
        : { host, port: Number(port), transport: given.TARGET_SIP_TRANSPORT },
    numbers: given.TARGET_NUMBERS,
    trunk: given.TARGET_TRUNK,
    localAddress: given.DRIVER_LOCAL_ADDRESS,
    from: given.DRIVER_FROM,
    maxCalls: given.DRIVER_MAX_CALLS,
    expectRecords: given.DRIVER_RECORDS === 'yes',
  };
}
