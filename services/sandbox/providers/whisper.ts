import { BodyError, sendJson } from '../http/json-http.ts';
import { apiPages, askedFault, unknownModel, type ApiFault, type ChatDialect } from './chat-api.ts';
import { suffer } from './faults.ts';
import { hearWav } from './hear-wav.ts';
import { readForm, textField } from './multipart.ts';
import { GARBAGE, type HttpHandler, type ProviderContext } from './provider.ts';

/** The service's own limit, 25 MB. */
const MAX_FILE_BYTES = 25 * 1_024 * 1_024;
/** Shorter recordings are refused by the service. */
const LEAST_DURATION_S = 0.1;
const MODEL = /^(whisper-1|gpt-4o(-mini)?-transcribe(-.*)?)$/;
const LANGUAGE = /^[a-z]{2}$/;
const FORMATS = ['json', 'text', 'verbose_json'] as const;

/**
 * OpenAI's `POST /v1/audio/transcriptions`
 * (https://platform.openai.com/docs/api-reference/audio/createTranscription), heard by pocketsphinx.
 * Takes WAV only. Its faults are those of the provider `whisper`.
 */
export function transcriptions(
  context: ProviderContext,
  api: ChatDialect,
): Readonly<Record<string, HttpHandler>> {
  const { refuse, withKey } = apiPages(context, { ...api, provider: 'whisper' });
  const handler: HttpHandler = async (request, response) => {
    const gone = new AbortController();
    response.on('close', () => gone.abort());
    const form = await readForm(request, MAX_FILE_BYTES).catch((error: unknown) => {
      if (error instanceof BodyError) return error;
      throw error;
    });
    if (form instanceof BodyError) {
      return refuse(response, { status: form.status, message: form.message });
    }
    const wrong = faultOf(form);
    if (wrong) return refuse(response, wrong);
    context.counts.add('whisper', 'transcriptions');
    const fault = context.faults.take('whisper', request);
    if (!(await suffer(fault, AbortSignal.any([gone.signal, context.closing])))) return;
    if (fault?.status !== undefined) return refuse(response, askedFault(fault.status));
    if (fault?.garbage) return void response.end(GARBAGE);
    if (fault?.cut) {
      response.writeHead(200, { 'content-type': 'application/json' });
      return void response.write('{"text":"', () => response.destroy());
    }
    const file = form.get('file') as File;
    const language = textField(form, 'language') ?? 'en';
    const heard = await hearWav(await file.bytes(), language).catch((error: unknown) =>
      String(error),
    );
    if (typeof heard === 'string') {
      return refuse(response, {
        status: 400,
        message: `Audio file might be corrupted or unsupported (${heard})`,
        param: 'file',
        code: 'invalid_value',
      });
    }
    if (heard.durationS < LEAST_DURATION_S) {
      return refuse(response, {
        status: 400,
        message: 'Audio file is too short. Minimum audio length is 0.1 seconds.',
        param: 'file',
        code: 'audio_too_short',
      });
    }
    const format = textField(form, 'response_format') ?? 'json';
    if (format === 'text') return void response.end(`${heard.text}\n`);
    const duration = Number(heard.durationS.toFixed(2));
    const usage = { type: 'duration', seconds: Math.ceil(heard.durationS) };
    sendJson(
      response,
      200,
      format === 'json'
        ? { text: heard.text, usage }
        : { task: 'transcribe', language, duration, text: heard.text, segments: [], usage },
    );
  };
  return { 'POST /v1/audio/transcriptions': withKey(handler) };
}

function faultOf(form: FormData): ApiFault | undefined {
  const model = textField(form, 'model');
  if (model === undefined) {
    return { status: 400, message: 'you must provide a model parameter' };
  }
  if (!MODEL.test(model)) return unknownModel(model);
  const language = textField(form, 'language');
  if (language !== undefined && !LANGUAGE.test(language)) {
    const message = `Invalid language '${language}'. Language parameter must be specified in ISO-639-1 format.`;
    return { status: 400, message, param: 'language', code: 'invalid_language_format' };
  }
  const format = textField(form, 'response_format') ?? 'json';
  if (!(FORMATS as readonly string[]).includes(format)) {
    const message = `response_format: the stand-in takes ${FORMATS.join(', ')} only`;
    return { status: 400, message, param: 'response_format' };
  }
  const file = form.get('file');
  if (!(file instanceof File)) {
    return { status: 400, message: "Missing required parameter: 'file'.", param: 'file' };
  }
  if (!/\.wav$/i.test(file.name)) {
    const message = `Invalid file format: ${file.name}. The stand-in takes WAV only.`;
    return { status: 400, message, param: 'file', code: 'invalid_value' };
  }
  return undefined;
}
