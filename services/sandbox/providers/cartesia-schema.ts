import { z } from 'zod';
import { espeakVoice } from './cartesia-voices.ts';

const RATES = [8_000, 16_000, 22_050, 24_000, 44_100, 48_000] as const;
const rate = z.union(
  RATES.map((value) => z.literal(value)),
  { error: `must be one of ${RATES.join(', ')}` },
);
const rawFormat = z.looseObject({
  container: z.literal('raw', { error: 'must be raw' }),
  encoding: z.enum(['pcm_s16le', 'pcm_f32le', 'pcm_mulaw', 'pcm_alaw']),
  sample_rate: rate,
});

const generation = {
  model_id: z.string().regex(/^sonic/, 'must be a sonic model'),
  transcript: z.string().max(4_000, 'must have at most 4000 characters'),
  voice: z.looseObject({
    mode: z.literal('id', { error: 'the stand-in takes voices by id only' }),
    id: z.string().refine((id) => espeakVoice(id) !== undefined, 'must be a UUID'),
  }),
  language: z
    .string()
    .regex(/^(en|hi)\b/, 'the stand-in speaks English and Hindi only')
    .default('en'),
};

/** A generation request on the socket (https://docs.cartesia.ai/api-reference/tts/websocket). */
export const generationSchema = z.looseObject({
  ...generation,
  output_format: rawFormat,
  context_id: z.string().min(1).max(200),
  continue: z.boolean().default(false),
  flush: z.boolean().default(false),
  add_timestamps: z.boolean().default(false),
});
export type GenerationRequest = z.output<typeof generationSchema>;

/** Stops a context: nothing more is sent for it. */
export const cancelSchema = z.looseObject({
  context_id: z.string().min(1),
  cancel: z.literal(true),
});

/** Body of `POST /tts/bytes` (https://docs.cartesia.ai/api-reference/tts/bytes). */
export const bytesSchema = z.looseObject({
  ...generation,
  transcript: generation.transcript.regex(/[\p{L}\p{N}]/u, 'must contain words'),
  output_format: z.union([
    rawFormat,
    z.looseObject({
      container: z.literal('wav'),
      encoding: z.literal('pcm_s16le').default('pcm_s16le'),
      sample_rate: rate,
    }),
  ]),
});

/** In words, what is wrong with a request, naming the first wrong field. */
export function faultOf(error: z.ZodError): string {
  const [issue] = error.issues;
  return `${issue?.path.map(String).join('.') || 'request'}: ${issue?.message ?? 'invalid'}`;
}
