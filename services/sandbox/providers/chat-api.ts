import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from '@patchbay/common/logger';
import { authorization, BodyError, readJson, sendJson } from '../http/json-http.ts';
import { chatRequestSchema, type ChatRequest } from './chat-schema.ts';
import { suffer, type Fault, type ProviderName } from './faults.ts';
import { completionChunks, usageOf, wholeCompletion, type Completion } from './openai-chunks.ts';
import {
  GARBAGE,
  SANDBOX_KEY,
  type HttpHandler,
  type Provider,
  type ProviderContext,
} from './provider.ts';
import { scriptedAnswer, type ScriptedAnswer } from './script.ts';

const MAX_BODY_BYTES = 1_000_000;

/** An error in OpenAI's form (https://platform.openai.com/docs/guides/error-codes). */
export interface ApiFault {
  status: number;
  message: string;
  type?: string;
  param?: string;
  code?: string;
}

/** What tells one service with OpenAI's chat API from another. */
export interface ChatDialect {
  provider: ProviderName;
  /** Path before `/models` and `/chat/completions`. */
  prefix: string;
  models: readonly string[];
  /** Dated snapshots and the like are models too. */
  knownModel: RegExp;
  /** What it says to a request without a key. */
  noKey: string;
  /** What it says to a wrong key, of which only so much may be repeated. */
  wrongKey: (shown: string) => string;
}

/** What a dialect's other pages need: refusals in the service's form, behind its key. */
export interface ApiPages {
  log: Logger;
  refuse: (response: ServerResponse, fault: ApiFault) => void;
  withKey: (handler: HttpHandler) => HttpHandler;
}

/** Refusals and key checks in OpenAI's form. */
export function apiPages(context: ProviderContext, dialect: ChatDialect): ApiPages {
  const log = context.log.child({ provider: dialect.provider });
  const refuse = (response: ServerResponse, fault: ApiFault) => {
    log.warn({ status: fault.status, reason: fault.message }, 'request refused');
    context.counts.add(dialect.provider, 'refused');
    const { status, message, type = 'invalid_request_error', param = null, code = null } = fault;
    sendJson(response, status, { error: { message, type, param, code } });
  };
  const withKey =
    (handler: HttpHandler): HttpHandler =>
    (request, response, url) => {
      response.setHeader('x-request-id', `req_${randomBytes(16).toString('hex')}`);
      const fault = keyFault(request, dialect);
      if (fault) return refuse(response, fault);
      return handler(request, response, url);
    };
  return { log, refuse, withKey };
}

/** `GET …/models` and `POST …/chat/completions`, answered by {@link scriptedAnswer}. */
export function chatApi(context: ProviderContext, dialect: ChatDialect): Provider {
  const { refuse, withKey } = apiPages(context, dialect);
  const { provider, prefix } = dialect;

  const completions: HttpHandler = async (request, response) => {
    const gone = new AbortController();
    response.on('close', () => gone.abort());
    const parsed = await parseRequest(request, dialect);
    if (!parsed.ok) return refuse(response, parsed.fault);
    context.counts.add(provider, 'completions');
    const fault = context.faults.take(provider, request);
    if (!(await suffer(fault, AbortSignal.any([gone.signal, context.closing])))) return;
    if (fault?.status !== undefined) return refuse(response, askedFault(fault.status));
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
      [`GET ${prefix}/models`]: withKey((_request, response) => {
        context.counts.add(provider, 'models');
        const data = dialect.models.map((id) => ({
          id,
          object: 'model',
          created: 0,
          owned_by: 'sandbox',
        }));
        sendJson(response, 200, { object: 'list', data });
      }),
      [`POST ${prefix}/chat/completions`]: withKey(completions),
    },
    notFound: {
      prefix: `${prefix}/`,
      handler: (request, response, url) =>
        refuse(response, {
          status: 404,
          message: `Invalid URL (${request.method} ${url.pathname})`,
          code: 'unknown_url',
        }),
    },
  };
}

/** The error of a fault that was asked for, as the service would word it. */
export function askedFault(status: number): ApiFault {
  const message = 'a fault was asked for';
  switch (status) {
    case 401:
      return { status, message, code: 'invalid_api_key' };
    case 429:
      return { status, message, type: 'requests', code: 'rate_limit_exceeded' };
    default:
      return { status, message, type: 'server_error' };
  }
}

function keyFault(request: IncomingMessage, dialect: ChatDialect): ApiFault | undefined {
  const key = authorization(request, 'bearer');
  if (key === SANDBOX_KEY) return undefined;
  if (key === undefined) return { status: 401, message: dialect.noKey };
  const shown = `${key.slice(0, 3)}***${key.length > 12 ? key.slice(-4) : ''}`;
  return { status: 401, message: dialect.wrongKey(shown), code: 'invalid_api_key' };
}

type ParsedRequest = { ok: true; chat: ChatRequest } | { ok: false; fault: ApiFault };

async function parseRequest(
  request: IncomingMessage,
  dialect: ChatDialect,
): Promise<ParsedRequest> {
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
  if (!dialect.knownModel.test(model)) {
    return { ok: false, fault: unknownModel(model) };
  }
  return { ok: true, chat: parsed.data };
}

/** There is no such model, as OpenAI and Groq say it. */
export function unknownModel(model: string): ApiFault {
  const message = `The model \`${model}\` does not exist or you do not have access to it.`;
  return { status: 404, message, param: 'model', code: 'model_not_found' };
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
    if (fault?.garbage) return void response.end(GARBAGE);
    return sendJson(response, 200, wholeCompletion(completion, answer, usage));
  }
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
  if (fault?.garbage) return void response.end(`data: ${GARBAGE}\n\n`);
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
