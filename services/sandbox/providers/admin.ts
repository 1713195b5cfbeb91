import { z } from 'zod';
import { BodyError, readJson, sendJson } from '../http/json-http.ts';
import { PROVIDERS, faultSchema, type FaultBoard } from './faults.ts';
import type { Provider } from './provider.ts';
import type { RequestCounts } from './request-counts.ts';

/** What tests and demos may do to the stand-ins; the same over HTTP and in the process. */
export interface ProviderAdmin {
  readonly faults: FaultBoard;
  readonly counts: RequestCounts;
}

const clearSchema = z.strictObject({ provider: z.enum(PROVIDERS).optional() });

/**
 * `POST /admin/faults` sets one provider's fault ({@link faultSchema}), `GET` lists them,
 * `DELETE /admin/faults[?provider=]` clears them; `GET /admin/requests` counts, `DELETE` resets.
 */
export function adminPages(admin: ProviderAdmin): Provider {
  return {
    http: {
      'GET /admin/faults': (_request, response) => {
        sendJson(response, 200, { faults: admin.faults.list() });
      },
      'POST /admin/faults': async (request, response) => {
        const fault = faultSchema.safeParse(
          await readJson(request, 10_000).catch((error: unknown) => {
            if (error instanceof BodyError) return undefined;
            throw error;
          }),
        );
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
      'GET /admin/requests': (_request, response) => sendJson(response, 200, admin.counts.all()),
      'DELETE /admin/requests': (_request, response) => {
        admin.counts.reset();
        sendJson(response, 200, admin.counts.all());
      },
    },
  };
}

function describe(error: z.ZodError): string {
  return error.issues
    .map((issue) => `${issue.path.join('.') || '(body)'}: ${issue.message}`)
    .join('; ');
}
