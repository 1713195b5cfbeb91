import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { authorization, BodyError, readJson, sendJson } from '../http/json-http.ts';
import { chatRequestSchema, type ChatRequest } from './chat-schema.ts';
import { suffer, type Fault } from './faults.ts';
import { completionChunks, usageOf, wholeCompletion, type Completion } from './openai-chunks.ts';
import { SANDBOX_KEY, type HttpHandler, type Provider, type ProviderContext } from './provider.ts';
import { scriptedAnswer, type ScriptedAnswer } from './script.ts';

const MAX_BODY_BYTES = 1_000_000;
const MODELS = [
  'gpt-4.1',
  'gpt-4.1-mini',
  'gpt-4.1-nano',
  'gpt-4o',
  'gpt-4o-mini',
  'gpt-5',
  'gpt-5-mini',
];
/** Dated snapshots and the like are models too. */
const KNOWN_MODEL = /^(gpt-(4|5)|o[1-4]|chatgpt-)/;

/** An error in OpenAI's form (https://platform.openai.com/docs/guides/error-codes). */
interface ApiFault {
  status: number;
  message: string;
  type?: string;
  param?: string;
  code?: string;
}

/** OpenAI's `GET /v1/models` and `POST /v1/chat/completions`, answered by {@link scriptedAnswer}. */
export function openai(context: ProviderContext): Provider {
  const log = context.log.child({ provider: 'openai' });

  const refuse = (response: ServerResponse, fault: ApiFault) => {
    log.warn({ status: fault.status, reason: fault.message }, 'request refused');
    context.counts.add('openai', 'refused');
    const { status, message, type = 'invalid_request_error', param = null, code = null } = fault;
    sendJson(response, status, { error: { message, type, param, code } });
  };

  const withKey =
    (handler: HttpHandler): HttpHandler =>
    (request, response, url) => {
      response.setHeader('x-request-id', `req_${randomBytes(16).toString('hex')}`);
      const fault = keyFault(request);
      if (fault) return refuse(response, fault);
      return handler(request, response, url);
    };

  const completions: HttpHandler = async (request, response) => {
    const gone = new AbortController();
    response.on('close', () => gone.abort());
    const parsed = await parseRequest(request);
    if (!parsed.ok) return refuse(response, parsed.fault);
    context.counts.add('openai', 'completions');
    const fault = context.faults.take('openai');
    if (!(await suffer(fault, AbortSignal.any([gone.signal, context.closing])))) return;
    if (fault?.status !== undefined) {
      return refuse(response, { status: fault.status, ...FAULT_REPLY });
    }
    const { chat } = parsed;
    const tools = chat.tool_choice === 'none' ? [] : (chat.tools ?? []);
    const answer = scriptedAnswer(
      chat.messages,
      tools.map((tool) => tool.function.name),
    );
    reply(response, chat, answer, fault);
  };

  return {
    http: {
      'GET /v1/models': withKey((_request, response) => {
        context.counts.add('openai', 'models');
        const data = MODELS.map((id) => ({ id, object: 'model', created: 0, owned_by: 'sandbox' }));
        sendJson(response, 200, { object: 'list', data });
      }),
      'POST /v1/chat/completions': withKey(completions),
    },
    notFound: {
      prefix: '/v1/',
      handler: (request, response, url) =>
        refuse(response, {
          status: 404,
          message: `Invalid URL (${request.method} ${url.pathname})`,
          code: 'unknown_url',
        }),
    },
  };
}

const FAULT_REPLY = { message: 'a fault was asked for', type: 'server_error' };

function keyFault(request: IncomingMessage): ApiFault | undefined {
  const key = authorization(request, 'bearer');
  if (key === SANDBOX_KEY) return undefined;
  if (key === undefined) {
    return {
      status: 401,
      message:
        "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY).",
    };
  }
  const shown = `${key.slice(0, 3)}***${key.length > 12 ? key.slice(-4) : ''}`;
  return {
    status: 401,
    message: `Incorrect API key provided: ${shown}. The sandbox takes the key "${SANDBOX_KEY}".`,
    code: 'invalid_api_key',
  };
}

type ParsedRequest = { ok: true; chat: ChatRequest } | { ok: false; fault: ApiFault };

async function parseRequest(request: IncomingMessage): Promise<ParsedRequest> {
  let body: unknown;
  try {
    body = await readJson(request, MAX_BODY_BYTES);
  } catch (error) {
    if (!(error instanceof BodyError)) throw error;
    const message = `We could not parse your request: ${error.message}.`;
    return { ok: false, fault: { status: error.status, message } };
  }
  const parsed = chatRequestSchema.safeParse(body);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const param = issue?.path.map(String).join('.') ?? '';
    const message = `Invalid value for '${param || 'body'}': ${issue?.message ?? 'not an object'}`;
    return { ok: false, fault: { status: 400, message, param } };
  }
  const { model } = parsed.data;
  if (!KNOWN_MODEL.test(model)) {
    const message = `The model \`${model}\` does not exist or you do not have access to it.`;
    return { ok: false, fault: { status: 404, message, param: 'model', code: 'model_not_found' } };
  }
  return { ok: true, chat: parsed.data };
}

function reply(
  response: ServerResponse,
  request: ChatRequest,
  answer: ScriptedAnswer,
  fault: Fault | undefined,
): void {
  const completion: Completion = {
    id: `chatcmpl-${randomBytes(12).toString('hex')}`,
    created: Math.floor(Date.now() / 1000),
    model: request.model,
    callId: `call_${randomBytes(12).toString('hex')}`,
  };
  const usage = usageOf(request, answer);
  if (!request.stream) {
    if (fault?.cut) return void response.destroy();
    return sendJson(response, 200, wholeCompletion(completion, answer, usage));
  }
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
  const chunks = completionChunks(
    completion,
    answer,
    request.stream_options?.include_usage ? usage : undefined,
  );
  let sent = 0;
  for (const chunk of chunks) {
    // The first words are out, then the line goes dead.
    if (fault?.cut && sent++ === 2) return void setImmediate(() => response.destroy());
    response.write(`data: ${JSON.stringify(chunk)}\n\n`);
  }
  response.end('data: [DONE]\n\n');
}
