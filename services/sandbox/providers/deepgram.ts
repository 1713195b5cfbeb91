import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { authorization } from '../http/json-http.ts';
import { callerGrammarFor } from '../speech/caller-grammar.ts';
import { grammarFiles } from '../speech/recogniser-files.ts';
import { parseListenParams } from './deepgram-params.ts';
import { ListenSession } from './deepgram-session.ts';
import { SANDBOX_KEY, type Provider, type ProviderContext, type Refusal } from './provider.ts';

const PATH = '/v1/listen';
const MAX_MESSAGE_BYTES = 1_000_000;

/**
 * Deepgram's streaming recognition, `WS /v1/listen`
 * (https://developers.deepgram.com/reference/speech-to-text/listen-streaming). Hears the sentences of
 * {@link callerGrammarFor} and nothing else.
 */
export function deepgram(context: ProviderContext): Provider {
  const log = context.log.child({ provider: 'deepgram' });
  // Ready before the first caller speaks, and said now rather than then if it can't be.
  grammarFiles(callerGrammarFor('en')).catch((error: unknown) => {
    log.error({ err: error }, 'speech will not be recognised');
  });
  return {
    sockets: {
      [PATH]: {
        maxMessageBytes: MAX_MESSAGE_BYTES,
        accept: (request, url) => {
          const requestId = randomUUID();
          const refuse = (status: number, code: string, message: string): Refusal => {
            log.warn({ status, reason: message }, 'connection refused');
            context.counts.add('deepgram', 'refused');
            return {
              status,
              headers: { 'dg-request-id': requestId, 'dg-error': message },
              body: { err_code: code, err_msg: message, request_id: requestId },
            };
          };
          if (keyOf(request) !== SANDBOX_KEY)
            return refuse(401, 'INVALID_AUTH', 'Invalid credentials.');
          const params = parseListenParams(url.searchParams);
          if ('fault' in params) return refuse(400, 'Bad Request', `Bad Request: ${params.fault}`);
          const status = context.faults.takeRefusal('deepgram', request);
          if (status !== undefined) return refuse(status, 'FAULT', 'a fault was asked for');
          context.counts.add('deepgram', 'connections');
          return (socket) =>
            void new ListenSession({
              socket,
              params,
              requestId,
              grammar: callerGrammarFor(params.language),
              context,
              log: log.child({ requestId }),
            });
        },
      },
    },
  };
}

function keyOf(request: IncomingMessage): string | undefined {
  return authorization(request, 'token') ?? authorization(request, 'bearer');
}
