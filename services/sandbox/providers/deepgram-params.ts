import { z } from 'zod';

const MODEL = /^(nova(-[23])?(-[a-z]+)?|enhanced(-[a-z]+)?|base(-[a-z]+)?)$/;
const flag = z.enum(['true', 'false']).transform((value) => value === 'true');

/**
 * Query of `/v1/listen` (https://developers.deepgram.com/reference/speech-to-text/listen-streaming).
 * Only what changes the answer here is looked at; the rest is taken and ignored, as the real service
 * does with options it has no use for.
 */
const paramsSchema = z.object({
  model: z.string().regex(MODEL, 'No such model/language/tier combination found.').default('base'),
  language: z
    .string()
    .regex(/^(en(-[A-Za-z]+)?|hi|multi)$/, 'No such model/language/tier combination found.')
    .default('en'),
  encoding: z.literal('linear16', { error: 'the stand-in takes encoding=linear16 only' }),
  sample_rate: z.coerce
    .number({ error: 'must be a number of Hz' })
    .int('must be a whole number of Hz')
    .min(8_000, 'must be at least 8000')
    .max(48_000, 'must be at most 48000'),
  channels: z.coerce
    .number({ error: 'must be a number' })
    .refine((count) => count === 1, 'the stand-in takes channels=1 only')
    .default(1),
  interim_results: flag.default(false),
  vad_events: flag.default(false),
  punctuate: flag.default(false),
  smart_format: flag.default(false),
  /** ms of silence that end an utterance; false never says `speech_final`. */
  endpointing: z
    .union([
      z.literal('false').transform(() => false as const),
      z.literal('true').transform(() => 10),
      z.coerce.number({ error: 'must be true, false or a number of ms' }).int().min(1).max(10_000),
    ])
    .default(10),
  utterance_end_ms: z.coerce
    .number({ error: 'must be a number of ms' })
    .int('must be a whole number of ms')
    .min(1_000, 'must be at least 1000')
    .max(5_000, 'must be at most 5000')
    .optional(),
});

export type ListenParams = z.output<typeof paramsSchema>;

/** @returns the options, or in words what is wrong with them, naming the parameter */
export function parseListenParams(query: URLSearchParams): ListenParams | { fault: string } {
  const parsed = paramsSchema.safeParse(Object.fromEntries(query));
  if (!parsed.success) {
    return {
      fault: parsed.error.issues
        .map((issue) => `${issue.path.join('.')}: ${issue.message}`)
        .join('; '),
    };
  }
  if (parsed.data.utterance_end_ms !== undefined && !parsed.data.interim_results) {
    return { fault: 'utterance_end_ms: needs interim_results=true' };
  }
  return parsed.data;
}
