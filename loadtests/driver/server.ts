import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { closeServer, listen } from '@patchbay/common/ops-server';
import { BodyError, readJson, requestUrl, sendJson } from '@patchbay/sandbox/http/json-http';
import type { CallDesk } from './call-desk.ts';
import type { CallRecords } from './call-records.ts';
import { parsePlan } from './plan.ts';
import type { DriverHealth, TargetFault } from './result.ts';

const MAX_BODY_BYTES = 1_000_000;
/** The longest a request for a result is held. */
const MAX_WAIT_MS = 30_000;

export interface DriverServerOptions {
  host: string;
  /** 0 takes a free port. */
  port: number;
  desk: CallDesk;
  records: CallRecords;
  health: () => DriverHealth;
  check: (wish: { agent: string; doors: ('phone' | 'web')[] }) => Promise<TargetFault[]>;
}

/**
 * The driver's API, for k6 and the runner:
 *
 * | request | answer |
 * | --- | --- |
 * | `GET /check?agent=bank&doors=phone,web` | 200 `{faults}`: what stands in the way of calls |
 * | `POST /calls` with a plan | 202 `{id}`; 400 `{error, faults}`; 429 at the most calls |
 * | `GET /calls/<id>?waitMs=20000` | 200, the result; held until the call is over or the time is |
 * | `DELETE /calls/<id>` | 200: it is hung up |
 * | `GET /calls` | 200, all results |
 * | `GET /health` | 200, how the driver itself fares |
 * | `POST /records` with a call record | 202; 400 if it is none |
 */
export async function startDriverServer(
  options: DriverServerOptions,
): Promise<{ port: number; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    route(options, request, response).catch((error: unknown) => {
      const status = error instanceof BodyError ? error.status : 500;
      sendJson(response, status, { error: error instanceof Error ? error.message : String(error) });
    });
  });
  const port = await listen(server, options.port, options.host);
  return { port, close: () => closeServer(server) };
}

async function route(
  options: DriverServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { desk } = options;
  const url = requestUrl(request);
  const id = /^\/calls\/([^/]+)$/.exec(url.pathname)?.[1];
  const unknown = () => sendJson(response, 404, { error: `there is no call ${id ?? ''}` });
  switch (`${request.method} ${id === undefined ? url.pathname : '/calls/:id'}`) {
    case 'GET /check': {
      const doors = (url.searchParams.get('doors') ?? 'phone,web').split(',');
      const agent = url.searchParams.get('agent') ?? '';
      const faults = await options.check({ agent, doors: doors.filter(isDoor) });
      return sendJson(response, 200, { faults });
    }
    case 'POST /calls': {
      const parsed = parsePlan(await readJson(request, MAX_BODY_BYTES));
      if ('faults' in parsed) {
        const error = `the plan of the call can't be used: ${parsed.faults.join('; ')}`;
        return sendJson(response, 400, { error, faults: parsed.faults });
      }
      const placed = desk.place(parsed.plan);
      if (placed !== undefined) return sendJson(response, 202, { id: placed });
      const error = `this driver holds ${desk.active} calls and takes no more (DRIVER_MAX_CALLS)`;
      return sendJson(response, 429, { error }, { 'retry-after': '1' });
    }
    case 'GET /calls':
      return sendJson(response, 200, { calls: desk.results });
    case 'GET /calls/:id': {
      const waitMs = Number(url.searchParams.get('waitMs') ?? 0);
      if (!(waitMs >= 0)) return sendJson(response, 400, { error: 'waitMs must be a number' });
      await desk.settled(id ?? '', Math.min(MAX_WAIT_MS, waitMs));
      const result = desk.get(id ?? '');
      return result ? sendJson(response, 200, result) : unknown();
    }
    case 'DELETE /calls/:id':
      if (!desk.breakOff(id ?? '', 'it was broken off by request')) return unknown();
      return sendJson(response, 200, { id });
    case 'GET /health':
      return sendJson(response, 200, options.health());
    case 'POST /records': {
      const known = options.records.offer(await readJson(request, MAX_BODY_BYTES));
      return known
        ? sendJson(response, 202, {})
        : sendJson(response, 400, { error: 'this is no call record' });
    }
    default:
      sendJson(response, 404, { error: `not served here: ${request.method} ${url.pathname}` });
  }
}

function isDoor(value: string): value is 'phone' | 'web' {
  return value === 'phone' || value === 'web';
}
