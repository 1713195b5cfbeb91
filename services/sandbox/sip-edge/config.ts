import { loadConfig, opsVariables, portVariable } from '@patchbay/common/env-config';
import { z } from 'zod';
import { isLoopback } from './edge.ts';

const loopbackVariable = z
  .string()
  .default('127.0.0.1')
  .refine(isLoopback, 'must be a loopback address such as 127.0.0.1: this edge is for development');

const edgeVariables = z.object({
  ...opsVariables,
  /** Where it speaks SIP, over UDP and TCP. */
  EDGE_SIP_HOST: loopbackVariable,
  /** Instead of EDGE_SIP_HOST, in a test cluster whose node has an address of its own. */
  EDGE_NODE_ADDRESS: z.ipv4().optional(),
  EDGE_SIP_PORT: portVariable.default(5060),
  /** SIP over TLS, with a certificate made at start; no TLS without it. */
  EDGE_SIP_TLS_PORT: portVariable.optional(),
  /** Where applications connect, always on loopback; 9022 is drachtio-server's port too. */
  EDGE_APP_PORT: portVariable.default(9022),
  /** What applications must give; DRACHTIO_SECRET on their side. */
  EDGE_SECRET: z
    .string()
    .min(1)
    .regex(/^[^|\r\n]*$/, 'must not hold a bar or a line break'),
});

export type EdgeConfig = z.output<typeof edgeVariables>;

/** @throws ConfigError listing every fault */
export function loadEdgeConfig(
  env: Readonly<Record<string, string | undefined>> = process.env,
): EdgeConfig {
  return loadConfig('sip-edge', edgeVariables, env);
}
