import { randomUUID } from 'node:crypto';
import { BodyError, readJson, sendJson } from '../http/json-http.ts';
import { suffer } from './faults.ts';
import { GARBAGE, type HttpHandler, type Provider, type ProviderContext } from './provider.ts';
import { hasSarvamKey, sarvamError } from './sarvam-api.ts';
import { encodeSarvam, speakSarvam } from './sarvam-audio.ts';
import { sarvamModel, sarvamSpeechSchema } from './sarvam-schema.ts';
import { faultOf } from './cartesia-schema.ts';
import { SarvamSpeechSession } from './sarvam-speech-session.ts';

const MAX_MESSAGE_BYTES = 100_000;
/** Sarvam's default for a model that is not told otherwise. */
const DEFAULT_RATE_HZ = { 'bulbul:v2': 22_050, 'bulbul:v3': 24_000 } as const;
const WRONG_KEY = 'Invalid or missing API key';

/** Sarvam's `POST /text-to-speech` and `WS /text-to-speech/ws`, spoken by espeak-ng. */
export function sarvam(context: ProviderContext): Provider {
  const log = context.log.child({ provider: 'sarvam' });
  const refused = (status: number, message: string) => {
    log.warn({ status, reason: message }, 'request refused');
    context.counts.add('sarvam', 'refused');
    return { status, body: sarvamError(status, message) };
  };

  const convert: HttpHandler = async (request, response) => {
    const gone = new AbortController();
    response.on('close', () => gone.abort());
    const refuse = (status: number, reason: string) =>
      sendJson(response, status, refused(status, reason).body);
    if (!hasSarvamKey(request)) return refuse(403, WRONG_KEY);
    const body = await readJson(request, MAX_MESSAGE_BYTES).catch((error: unknown) => {
      if (error instanceof BodyError) return error;
      throw error;
    });
    if (body instanceof BodyError) return refuse(400, body.message);
    const parsed = sarvamSpeechSchema.safeParse(body);
    if (!parsed.success) return refuse(400, faultOf(parsed.error));
    context.counts.add('sarvam', 'generations');
    const fault = context.faults.take('sarvam', request);
    if (!(await suffer(fault, AbortSignal.any([gone.signal, context.closing])))) return;
    if (fault?.status !== undefined) return refuse(fault.status, 'a fault was asked for');
    if (fault?.garbage) return void response.end(GARBAGE);
    const { text, model, output_audio_codec: codec = 'wav' } = parsed.data;
    const sampleRateHz = parsed.data.speech_sample_rate ?? DEFAULT_RATE_HZ[model];
    const language = parsed.data.language_code ?? parsed.data.target_language_code ?? 'en-IN';
    const samples = await speakSarvam({ text, language, sampleRateHz });
    const audio = encodeSarvam(samples, codec, sampleRateHz).toString('base64');
    const answer = JSON.stringify({ request_id: randomUUID(), audios: [audio] });
    response.writeHead(200, { 'content-type': 'application/json' });
    if (!fault?.cut) return void response.end(answer);
    response.write(answer.slice(0, answer.length / 2), () => response.destroy());
  };

  return {
    http: { 'POST /text-to-speech': convert },
    sockets: {
      '/text-to-speech/ws': {
        maxMessageBytes: MAX_MESSAGE_BYTES,
        accept: (request, url) => {
          if (!hasSarvamKey(request)) return refused(403, WRONG_KEY);
          const model = sarvamModel(url.searchParams.get('model'));
          if (!model) return refused(400, `model: no such model`);
          const status = context.faults.takeRefusal('sarvam', request);
          if (status !== undefined) return refused(status, 'a fault was asked for');
          context.counts.add('sarvam', 'connections');
          const completionEvent = url.searchParams.get('send_completion_event') === 'true';
          return (socket) =>
            void new SarvamSpeechSession({
              socket,
              completionEvent,
              defaultRateHz: DEFAULT_RATE_HZ[model],
              context,
              log,
            });
        },
      },
    },
  };
}
