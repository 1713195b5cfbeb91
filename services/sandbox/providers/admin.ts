import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import { BodyError, readJson, sendJson } from '../http/json-http.ts';
import { PROVIDERS, faultSchema, type FaultBoard } from './faults.ts';
import type { Provider } from './provider.ts';
import type { RequestCounts } from './request-counts.ts';
import { toldWordsSchema, type ToldWords } from './told-words.ts';

/** What tests and demos may do to the stand-ins; the same over HTTP and in the process. */
export interface ProviderAdmin {
  readonly faults: FaultBoard;
  readonly counts: RequestCounts;
  readonly told: ToldWords;
}

const clearSchema = z.strictObject({ provider: z.enum(PROVIDERS).optional() });

/**
 * `POST /admin/faults` sets one provider's fault ({@link faultSchema}), `GET` lists them,
 * `DELETE /admin/faults[?provider=]` clears them; `GET /admin/requests` counts, `DELETE` resets;
 * `POST /admin/told-words` tells Deepgram's what callers say ({@link toldWordsSchema}), `DELETE` lets
 * it listen again.
 */
export function adminPages(admin: ProviderAdmin): Provider {
  return {
    http: {
      'GET /admin/faults': (_request, response) => {
        sendJson(response, 200, { faults: admin.faults.list() });
      },
      'POST /admin/faults': async (request, response) => {
        const fault = faultSchema.safeParse(await body(request));
        if (!fault.success) {
          sendJson(response, 400, { error: `fault: ${describe(fault.error)}` });
          return;
        }
        sendJson(response, 200, admin.faults.set(fault.data));
      },
      'DELETE /admin/faults': (_request, response, url) => {
        const query = clearSchema.safeParse(Object.fromEntries(url.searchParams));
        if (!query.success) {
          sendJson(response, 400, { error: describe(query.error) });
          return;
        }
        admin.faults.clear(query.data.provider);
        sendJson(response, 200, { faults: admin.faults.list() });
      },
      'POST /admin/told-words': async (request, response) => {
        const told = toldWordsSchema.safeParse(await body(request));
        if (!told.success) {
          sendJson(response, 400, { error: `told words: ${describe(told.error)}` });
          return;
        }
        admin.told.set(told.data);
        sendJson(response, 200, told.data);
      },
      'DELETE /admin/told-words': (_request, response) => {
        admin.told.clear();
        sendJson(response, 200, {});
      },
      'GET /admin/requests': (_request, response) => sendJson(response, 200, admin.counts.all()),
      'DELETE /admin/requests': (_request, response) => {
        admin.counts.reset();
        sendJson(response, 200, admin.counts.all());
      },
    },
  };
}

/** Undefined where it is no JSON; schemas say what is missing then. */
async function body(request: IncomingMessage): Promise<unknown> {
  return readJson(request, 10_000).catch((error: unknown) => {
    if (error instanceof BodyError) return undefined;
    throw error;
  });
}

function describe(error: z.ZodError): string {
  return error.issues
    .map((issue) => `${issue.path.join('.') || '(body)'}: ${issue.message}`)
    .join('; ');
}
