import { z } from 'zod';
import { SARVAM_LANGUAGES } from './sarvam-api.ts';

const V2_SPEAKERS = ['anushka', 'abhilash', 'manisha', 'vidya', 'arya', 'karun', 'hitesh'];
const V3_SPEAKERS = [
  ...['shubh', 'aditya', 'ritu', 'priya', 'neha', 'rahul', 'pooja', 'rohan', 'simran', 'kavya'],
  ...['amit', 'dev', 'ishita', 'shreya', 'ratan', 'varun', 'manan', 'sumit', 'roopa', 'kabir'],
  ...['aayan', 'ashutosh', 'advait', 'anand', 'tanya', 'tarun', 'sunny', 'mani', 'gokul', 'vijay'],
  ...['shruti', 'suhani', 'mohit', 'kavitha', 'rehan', 'soham', 'rupali'],
];
/** Characters of one REST request, by model. */
const MAX_TEXT = { 'bulbul:v2': 1_500, 'bulbul:v3': 2_500 } as const;
/** Rates that the socket takes; REST takes three more. */
const STREAM_RATES = [8_000, 16_000, 22_050, 24_000];
const REST_RATES = [...STREAM_RATES, 32_000, 44_100, 48_000];

const model = z.enum(['bulbul:v2', 'bulbul:v3']);
const codec = z.enum(['linear16', 'wav', 'mulaw', 'alaw'], {
  error: 'the stand-in gives linear16, wav, mulaw or alaw only',
});
const language = z.enum(SARVAM_LANGUAGES);
const rate = (allowed: readonly number[]) =>
  z.coerce
    .number()
    .refine((value) => allowed.includes(value), `must be one of ${allowed.join(', ')}`)
    .optional();

/** What both ways to speak have in common. Older clients call the language `target_language_code`. */
const voiceFields = {
  language_code: language.optional(),
  target_language_code: language.optional(),
  speaker: z.string().optional(),
  pace: z.number().min(0.3).max(3).optional(),
  output_audio_codec: codec.optional(),
};

function checkVoice(
  data: { model?: z.output<typeof model> | undefined; speaker?: string | undefined } & Record<
    'language_code' | 'target_language_code',
    string | undefined
  >,
  context: z.RefinementCtx,
): void {
  const speakers = data.model === 'bulbul:v3' ? V3_SPEAKERS : V2_SPEAKERS;
  if (data.speaker !== undefined && !speakers.includes(data.speaker)) {
    const message = `Speaker '${data.speaker}' is not compatible with model ${data.model ?? 'bulbul:v2'}`;
    context.addIssue({ code: 'custom', path: ['speaker'], message });
  }
  if (data.language_code === undefined && data.target_language_code === undefined) {
    context.addIssue({ code: 'custom', path: ['target_language_code'], message: 'is required' });
  }
}

type Voice = Parameters<typeof checkVoice>[0];

/** Body of `POST /text-to-speech` (https://docs.sarvam.ai/api-reference-docs/text-to-speech/convert). */
export const sarvamSpeechSchema = z
  .looseObject({
    ...voiceFields,
    text: z.string().min(1, 'must not be empty'),
    model: model.default('bulbul:v2'),
    speech_sample_rate: rate(REST_RATES),
  })
  .superRefine((data, context) => {
    checkVoice(data as Voice, context);
    const most = MAX_TEXT[data.model];
    if (data.text.length > most) {
      const message = `must have at most ${most} characters`;
      context.addIssue({ code: 'custom', path: ['text'], message });
    }
  });

/** First message of `WS /text-to-speech/ws`. */
const configMessage = z.object({
  type: z.literal('config'),
  data: z
    .looseObject({
      ...voiceFields,
      model: model.optional(),
      speech_sample_rate: rate(STREAM_RATES),
    })
    .superRefine((data, context) => checkVoice(data as Voice, context)),
});

/** What a client may send on `WS /text-to-speech/ws`. */
export const sarvamSocketSchema = z.discriminatedUnion('type', [
  configMessage,
  z.object({
    type: z.literal('text'),
    data: z.object({ text: z.string().min(1).max(2_500, 'must have at most 2500 characters') }),
  }),
  z.object({ type: z.literal('flush') }),
  z.object({ type: z.literal('ping') }),
]);

export type SarvamVoice = z.output<typeof configMessage>['data'];

/** The model a request asks for, or undefined if there is no such model. */
export function sarvamModel(name: string | null): z.output<typeof model> | undefined {
  return model.safeParse(name ?? 'bulbul:v2').data;
}
