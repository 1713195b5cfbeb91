import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { BodyError, sendJson } from '../http/json-http.ts';
import { callerGrammarFor } from '../speech/caller-grammar.ts';
import { grammarFiles } from '../speech/recogniser-files.ts';
import { faultOf } from './cartesia-schema.ts';
import { suffer } from './faults.ts';
import { hearWav } from './hear-wav.ts';
import { readForm, textField } from './multipart.ts';
import { GARBAGE, type HttpHandler, type Provider, type ProviderContext } from './provider.ts';
import { hasSarvamKey, SARVAM_LANGUAGES, sarvamError } from './sarvam-api.ts';
import { SarvamListenSession } from './sarvam-listen-session.ts';

const MAX_FILE_BYTES = 10_000_000;
const MAX_MESSAGE_BYTES = 1_000_000;
/** Longer recordings go through Sarvam's batch API. */
const MOST_DURATION_S = 30;
const WRONG_KEY = 'Invalid or missing API key';
const model = z.enum(['saaras:v3', 'saarika:v2.5']);

const listenSchema = z.object({
  model: model.default('saarika:v2.5'),
  'language-code': z.union([z.enum(SARVAM_LANGUAGES), z.literal('unknown')]),
  sample_rate: z.enum(['8000', '16000']).default('16000').transform(Number),
  input_audio_codec: z
    .enum(['wav', 'pcm_s16le'], { error: 'the stand-in takes wav or pcm_s16le only' })
    .default('wav'),
  vad_signals: z
    .enum(['true', 'false'])
    .default('false')
    .transform((value) => value === 'true'),
});

/**
 * Sarvam's `POST /speech-to-text` and `WS /speech-to-text/ws`
 * (https://docs.sarvam.ai/api-reference-docs/speech-to-text), heard by pocketsphinx. It understands
 * the sentences of {@link callerGrammarFor} and nothing else: Hindi and English where Hindi is asked
 * for, English where another of its languages is.
 */
export function sarvamStt(context: ProviderContext): Provider {
  const log = context.log.child({ provider: 'sarvam-stt' });
  // Ready before the first caller speaks; Deepgram's stand-in says if it can't be.
  grammarFiles(callerGrammarFor('hi-IN')).catch(() => undefined);
  const refused = (status: number, message: string) => {
    log.warn({ status, reason: message }, 'request refused');
    context.counts.add('sarvam-stt', 'refused');
    return { status, body: sarvamError(status, message) };
  };

  const transcribe: HttpHandler = async (request, response) => {
    const gone = new AbortController();
    response.on('close', () => gone.abort());
    const refuse = (status: number, reason: string) =>
      sendJson(response, status, refused(status, reason).body);
    if (!hasSarvamKey(request)) return refuse(403, WRONG_KEY);
    const form = await readForm(request, MAX_FILE_BYTES).catch((error: unknown) => {
      if (error instanceof BodyError) return error;
      throw error;
    });
    if (form instanceof BodyError) return refuse(400, form.message);
    if (!model.safeParse(textField(form, 'model') ?? 'saarika:v2.5').success) {
      return refuse(400, 'model: no such model');
    }
    const language = textField(form, 'language_code') ?? 'unknown';
    if (!listenSchema.shape['language-code'].safeParse(language).success) {
      return refuse(400, `language_code: ${language} is not supported`);
    }
    const file = form.get('file');
    if (!(file instanceof File)) return refuse(400, 'file: is required');
    context.counts.add('sarvam-stt', 'transcriptions');
    const fault = context.faults.take('sarvam-stt', request);
    if (!(await suffer(fault, AbortSignal.any([gone.signal, context.closing])))) return;
    if (fault?.status !== undefined) return refuse(fault.status, 'a fault was asked for');
    if (fault?.garbage) return void response.end(GARBAGE);
    if (fault?.cut) return void response.destroy();
    const heard = await hearWav(await file.bytes(), language).catch((error: unknown) =>
      String(error),
    );
    if (typeof heard === 'string') return refuse(400, `file: ${heard}`);
    if (heard.durationS > MOST_DURATION_S) {
      return refuse(400, `Audio duration exceeds the maximum limit of ${MOST_DURATION_S} seconds`);
    }
    sendJson(response, 200, {
      request_id: randomUUID(),
      transcript: heard.text,
      language_code: language === 'unknown' ? 'en-IN' : language,
    });
  };

  return {
    http: { 'POST /speech-to-text': transcribe },
    sockets: {
      '/speech-to-text/ws': {
        maxMessageBytes: MAX_MESSAGE_BYTES,
        accept: (request, url) => {
          if (!hasSarvamKey(request)) return refused(403, WRONG_KEY);
          const params = listenSchema.safeParse(Object.fromEntries(url.searchParams));
          if (!params.success) return refused(400, faultOf(params.error));
          const status = context.faults.takeRefusal('sarvam-stt', request);
          if (status !== undefined) return refused(status, 'a fault was asked for');
          context.counts.add('sarvam-stt', 'connections');
          const { data } = params;
          return (socket) =>
            void new SarvamListenSession({
              socket,
              language: data['language-code'],
              sampleRateHz: data.sample_rate,
              wav: data.input_audio_codec === 'wav',
              vadSignals: data.vad_signals,
              context,
              log,
            });
        },
      },
    },
  };
}
