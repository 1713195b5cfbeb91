import type { IncomingMessage } from 'node:http';
import type { Logger } from '@patchbay/common/logger';
import type { RawData, WebSocket } from 'ws';
import { encodeWav } from '../audio/wav.ts';
import { authorization, BodyError, readJson, sendJson } from '../http/json-http.ts';
import { encodeSamples, speakAs } from './cartesia-audio.ts';
import { SpeechContext } from './cartesia-context.ts';
import { bytesSchema, cancelSchema, faultOf, generationSchema } from './cartesia-schema.ts';
import { suffer } from './faults.ts';
import {
  GARBAGE,
  SANDBOX_KEY,
  type HttpHandler,
  type Provider,
  type ProviderContext,
} from './provider.ts';

const MAX_MESSAGE_BYTES = 100_000;
const MAX_CONTEXTS = 50;

/** Cartesia's `WS /tts/websocket` and `POST /tts/bytes`, spoken by espeak-ng. */
export function cartesia(context: ProviderContext): Provider {
  const log = context.log.child({ provider: 'cartesia' });
  const refused = (status: number, reason: string) => {
    log.warn({ status, reason }, 'request refused');
    context.counts.add('cartesia', 'refused');
    return { status, body: { error: reason } };
  };

  const bytes: HttpHandler = async (request, response, url) => {
    const gone = new AbortController();
    response.on('close', () => gone.abort());
    const refuse = (status: number, reason: string) =>
      sendJson(response, status, refused(status, reason).body);
    const denial = denialOf(request, url);
    if (denial) return refuse(...denial);
    const body = await readJson(request, MAX_MESSAGE_BYTES).catch((error: unknown) => {
      if (error instanceof BodyError) return error;
      throw error;
    });
    if (body instanceof BodyError) return refuse(body.status, body.message);
    const parsed = bytesSchema.safeParse(body);
    if (!parsed.success) return refuse(400, faultOf(parsed.error));
    context.counts.add('cartesia', 'generations');
    const fault = context.faults.take('cartesia', request);
    if (!(await suffer(fault, AbortSignal.any([gone.signal, context.closing])))) return;
    if (fault?.status !== undefined) return refuse(fault.status, 'a fault was asked for');
    if (fault?.garbage) return void response.end(GARBAGE);
    const { voice, transcript, language, output_format: format } = parsed.data;
    const { samples, sampleRateHz } = await speakAs(
      voice.id,
      transcript,
      format.sample_rate,
      language,
    );
    const isWav = format.container === 'wav';
    const audio = isWav
      ? encodeWav({ sampleRateHz, channels: [samples] })
      : encodeSamples(samples, format.encoding);
    response.writeHead(200, { 'content-type': isWav ? 'audio/wav' : 'application/octet-stream' });
    if (!fault?.cut) return void response.end(audio);
    response.write(audio.subarray(0, audio.length / 2), () => response.destroy());
  };

  return {
    http: { 'POST /tts/bytes': bytes },
    sockets: {
      '/tts/websocket': {
        maxMessageBytes: MAX_MESSAGE_BYTES,
        accept: (request, url) => {
          const denial = denialOf(request, url);
          if (denial) return refused(...denial);
          const status = context.faults.takeRefusal('cartesia', request);
          if (status !== undefined) return refused(status, 'a fault was asked for');
          context.counts.add('cartesia', 'connections');
          return (socket) => serveSocket(socket, context, log);
        },
      },
    },
  };
}

/** Why a request may not come in: its key or its version. */
function denialOf(request: IncomingMessage, url: URL): [number, string] | undefined {
  // Browsers can't set headers on a socket, so the service takes both in the query too.
  const key =
    request.headers['x-api-key'] ??
    authorization(request, 'bearer') ??
    url.searchParams.get('api_key');
  const version = request.headers['cartesia-version'] ?? url.searchParams.get('cartesia_version');
  if (key !== SANDBOX_KEY) return [401, 'Unauthorized: X-API-Key is missing or not accepted'];
  if (typeof version !== 'string' || !/^\d{4}-\d{2}-\d{2}$/.test(version)) {
    return [400, 'Cartesia-Version: must be a date, for example 2025-04-16'];
  }
  return undefined;
}

function serveSocket(socket: WebSocket, context: ProviderContext, log: Logger): void {
  const contexts = new Map<string, SpeechContext>();
  const send = (message: unknown) => {
    if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(message));
  };
  const refuse = (contextId: string, status: number, error: string) => {
    log.warn({ status, reason: error }, 'generation refused');
    context.counts.add('cartesia', 'refused');
    send({ type: 'error', context_id: contextId, done: true, status_code: status, error });
  };

  const open = (contextId: string): SpeechContext => {
    context.counts.add('cartesia', 'generations');
    const opened = new SpeechContext({
      contextId,
      fault: context.faults.take('cartesia'),
      send,
      cut: () => socket.terminate(),
      babble: () => socket.send(GARBAGE),
      ended: () => contexts.delete(contextId),
      failed: (error) => {
        log.error({ err: error }, 'speaking failed');
        contexts.delete(contextId);
        const reason = `speaking failed: ${String(error)}`;
        send({
          type: 'error',
          context_id: contextId,
          done: true,
          status_code: 500,
          error: reason,
        });
      },
    });
    contexts.set(contextId, opened);
    return opened;
  };

  socket.on('message', (data: RawData, isBinary: boolean) => {
    const message = isBinary ? undefined : parseJson(data);
    const cancel = cancelSchema.safeParse(message);
    if (cancel.success) {
      contexts.get(cancel.data.context_id)?.stop();
      contexts.delete(cancel.data.context_id);
      return;
    }
    const request = generationSchema.safeParse(message);
    if (!request.success) return refuse(contextIdOf(message), 400, faultOf(request.error));
    const { context_id: contextId } = request.data;
    const known = contexts.get(contextId);
    if (known?.closed) return refuse(contextId, 400, 'context_id: this context is closed');
    if (!known && contexts.size >= MAX_CONTEXTS) {
      return refuse(contextId, 429, `at most ${MAX_CONTEXTS} contexts may be open on a socket`);
    }
    (known ?? open(contextId)).add(request.data);
  });
  socket.on('close', () => {
    for (const speech of contexts.values()) speech.stop();
    contexts.clear();
  });
}

function parseJson(data: RawData): unknown {
  try {
    return JSON.parse(Buffer.isBuffer(data) ? data.toString('utf8') : '') as unknown;
  } catch {
    return undefined;
  }
}

/** So that even the refusal of a malformed request reaches the one who waits for it. */
function contextIdOf(message: unknown): string {
  const id = message !== null && typeof message === 'object' && 'context_id' in message;
  return id && typeof message.context_id === 'string' ? message.context_id : '';
}
