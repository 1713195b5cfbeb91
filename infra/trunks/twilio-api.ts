import { z } from 'zod';
import { ApiError } from './api-error.ts';
import { callApi } from './http-api.ts';

/** How to reach Twilio's API. A secret as a whole. */
export interface TwilioAccess {
  /** `AC…` */
  accountSid: string;
  /** An API key (`SK…`) or the account's own sid. */
  user: string;
  /** The API key's secret, or the account's auth token. */
  password: string;
  /** Other addresses of the two APIs, for tests. */
  endpoints?: { trunking: string; api: string };
}

const ENDPOINTS = { trunking: 'https://trunking.twilio.com', api: 'https://api.twilio.com' };
const PAGE_SIZE = 1_000;

const errorSchema = z.object({ code: z.number().optional(), message: z.string().optional() });

/**
 * One request to Twilio (https://www.twilio.com/docs/sip-trunking/api).
 *
 * @param path starts with `/v1/` (trunking) or `/2010-04-01/` (numbers)
 * @returns the parsed body
 * @throws {ApiError} with Twilio's code and what to do
 */
export async function callTwilio(
  access: TwilioAccess,
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  form?: Readonly<Record<string, string>>,
): Promise<unknown> {
  const endpoints = access.endpoints ?? ENDPOINTS;
  const base = path.startsWith('/v1/') ? endpoints.trunking : endpoints.api;
  const answer = await callApi({
    service: 'Twilio',
    method,
    url: `${base}${path}`,
    user: access.user,
    password: access.password,
    ...(form ? { form } : {}),
  });
  if (answer.status < 400) return answer.body;
  const parsed = errorSchema.safeParse(answer.body);
  const { code, message } = parsed.success ? parsed.data : {};
  throw new ApiError({
    service: 'Twilio',
    status: answer.status,
    code: code === undefined ? undefined : String(code),
    retryable: false,
    message: advice(answer.status, code, message ?? 'no reason given'),
  });
}

/** All of a list resource, page after page; `key` is the list's name in the answer. */
export async function listTwilio<T extends z.ZodType>(
  access: TwilioAccess,
  path: string,
  key: string,
  item: T,
): Promise<z.output<T>[]> {
  const shape = z.object({
    [key]: z.array(item),
    meta: z.object({ next_page_url: z.string().nullish() }).optional(),
  });
  const found: z.output<T>[] = [];
  let next: string | undefined = `${path}?PageSize=${PAGE_SIZE}`;
  while (next !== undefined) {
    const page: { [name: string]: unknown } = shape.parse(await callTwilio(access, 'GET', next));
    found.push(...(page[key] as z.output<T>[]));
    const url = (page.meta as { next_page_url?: string | null } | undefined)?.next_page_url;
    next = url ? new URL(url).pathname + new URL(url).search : undefined;
  }
  return found;
}

/** True if Twilio says that there is no such thing. */
export function isTwilioGone(error: unknown): boolean {
  return error instanceof ApiError && error.service === 'Twilio' && error.status === 404;
}

function advice(status: number, code: number | undefined, message: string): string {
  const said = `Twilio: ${message} (${code ?? status}).`;
  if (status === 401) {
    return `${said} Check accountSid, user and password of patchbay:trunks[…].twilio.`;
  }
  if (status === 403) return `${said} The API key needs access to Elastic SIP Trunking.`;
  return `${said} https://www.twilio.com/docs/api/errors/${code ?? ''}`;
}
