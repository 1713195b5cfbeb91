import { z } from 'zod';
import { agentNameSchema } from '@patchbay/common/room-contract';
import { PROVIDER_NAMES } from './providers/catalog.ts';
import type { CallTool, CallToolsContext } from './tools/call-tools.ts';

const text = z.string().trim().min(1, 'must not be empty');

function chain<const Names extends readonly string[]>(names: Names) {
  return z
    .array(z.enum(names, { error: `must be one of: ${names.join(', ')}` }))
    .min(1, 'must name at least one provider')
    .refine((chosen) => new Set(chosen).size === chosen.length, 'must not name a provider twice');
}

/** What a file in agents/ exports as `agent`. One file is one agent. */
export const agentDefinitionSchema = z.strictObject({
  /** The file's name without `.ts`; callers and URLs use it. */
  name: agentNameSchema,
  /** Shown to people who choose an agent. */
  title: text,
  description: text,
  /** BCP 47, for example `en-US`. */
  language: z
    .string()
    .regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, 'must be a BCP 47 tag, for example en-US'),
  /** The provider of speech's own voice id; its default if absent. */
  voice: text.optional(),
  /** The system prompt. */
  instructions: text,
  /** Said first, as soon as the caller can hear. */
  greeting: text,
  /** Said before hanging up if the model itself said nothing. */
  goodbye: text,
  /** Said by an agent that goes on with a call whose agent was lost. */
  resumption: text.optional(),
  /** Who hears, thinks and speaks; first choice first. */
  providers: z.strictObject({
    stt: chain(PROVIDER_NAMES.stt),
    llm: chain(PROVIDER_NAMES.llm),
    tts: chain(PROVIDER_NAMES.tts),
  }),
  /** Makes the agent's tools for one call. */
  tools: z.custom<(context: CallToolsContext) => CallTool[]>(
    (value) => typeof value === 'function',
    'must be a function that makes the tools of a call',
  ),
});

export type AgentDefinition = z.input<typeof agentDefinitionSchema>;
