import { z } from 'zod';
import { agentNameSchema } from '@patchbay/common/room-contract';
import { phoneNumberSchema } from '@patchbay/common/sip-users';
import { PROVIDER_NAMES, USUAL_CHAIN } from './providers/catalog.ts';
import type { CallTool, CallToolsContext } from './tools/call-tools.ts';

const text = z.string().trim().min(1, 'must not be empty');

const tag = z
  .string()
  .regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, 'must be a BCP 47 tag, for example en-US');

/** The providers of a stage: names, or names with what is to be other than usual. */
function chain<const Names extends readonly [string, ...string[]]>(
  names: Names,
  usual: readonly Names[number][],
) {
  const provider = z.enum(names, { error: `must be one of: ${names.join(', ')}` });
  const choice = z.strictObject({
    provider,
    model: text.optional(),
    voice: text.optional(),
    language: tag.optional(),
    baseUrl: z.url('must be an address').optional(),
    timeoutMs: z.number().int().min(100, 'must be at least 100').max(30_000).optional(),
  });
  return z
    .array(z.union([provider, choice], { error: `must be one of: ${names.join(', ')}` }))
    .min(1, 'must name at least one provider')
    .refine(
      (chosen) => new Set(chosen.map(nameOf)).size === chosen.length,
      'must not name a provider twice',
    )
    .default([...usual]);
}

function nameOf(chosen: string | { provider: string }): string {
  return typeof chosen === 'string' ? chosen : chosen.provider;
}

/** One number, or one for each department; the first is the usual one. */
const transferTo = z
  .union(
    [
      phoneNumberSchema,
      z
        .record(agentNameSchema, phoneNumberSchema)
        .refine((departments) => Object.keys(departments).length > 0, 'must name a department'),
    ],
    { error: 'must be a number in E.164, or numbers by department' },
  )
  .transform((given) => (typeof given === 'string' ? { human: given } : given));

/** What a file in agents/ exports as `agent`. One file is one agent. */
export const agentDefinitionSchema = z.strictObject({
  /** The file's name without `.ts`; callers and URLs use it. */
  name: agentNameSchema,
  /** Shown to people who choose an agent. */
  title: text,
  description: text,
  /** BCP 47, for example `en-US`. */
  language: tag,
  /** A voice's id at the first provider of speech; its default if absent. */
  voice: text.optional(),
  /** The system prompt. */
  instructions: text,
  /** Said first, as soon as the caller can hear. */
  greeting: text,
  /** Said before hanging up if the model itself said nothing. */
  goodbye: text,
  /** Said when an answer is late, at most once a turn; nothing if absent. */
  filler: text.optional(),
  /** Said by an agent that goes on with a call whose agent was lost. */
  resumption: text.optional(),
  /** Agents to whom it may connect the caller, each with what it is for. */
  connectsTo: z.record(agentNameSchema, text).default({}),
  /** Said by an agent that another one of the same call hands it over to. */
  takeover: text.optional(),
  /** Said one after the other to a caller who is silent. */
  stillThere: z.array(text).max(5, 'must have at most 5 phrases').optional(),
  /** Said to a caller who was silent after all of these, before hanging up. */
  silenceGoodbye: text.optional(),
  /** Said to a caller who spoke and was not understood. */
  notUnderstood: text.optional(),
  /** Silence of both sides, in ms, after which the caller is spoken to; the worker's if absent. */
  silenceMs: z
    .number({ error: 'must be a number of milliseconds' })
    .int('must be a whole number')
    .min(1_000, 'must be at least 1000')
    .max(120_000, 'must be at most 120000')
    .optional(),
  /** What is otherwise in calls that the agent places. */
  outbound: z
    .strictObject({
      /** Said to whoever picks up. */
      greeting: text,
      /** What is done when an answering machine picks up. */
      voicemail: z
        .discriminatedUnion('do', [
          z.strictObject({ do: z.literal('hang-up') }),
          z.strictObject({ do: z.literal('leave-message'), message: text }),
        ])
        .default({ do: 'hang-up' }),
    })
    .optional(),
  /** Humans that callers can be transferred to, by number; nobody if absent. */
  transferTo: transferTo.optional(),
  /** Who hears, thinks and speaks; first choice first. */
  providers: z
    .strictObject({
      stt: chain(PROVIDER_NAMES.stt, USUAL_CHAIN.stt),
      llm: chain(PROVIDER_NAMES.llm, USUAL_CHAIN.llm),
      tts: chain(PROVIDER_NAMES.tts, USUAL_CHAIN.tts),
    })
    .prefault({}),
  /** Makes the agent's tools for one call. */
  tools: z.custom<(context: CallToolsContext) => CallTool[]>(
    (value) => typeof value === 'function',
    'must be a function that makes the tools of a call',
  ),
});

/** As a file writes it; what it leaves out has a default. */
export type AgentFile = z.input<typeof agentDefinitionSchema>;
/** As it is used: checked and filled in. */
export type AgentDefinition = z.output<typeof agentDefinitionSchema>;
