import { z } from 'zod';
import { ApiError } from './api-error.ts';
import { callApi } from './http-api.ts';

/** How to reach Exotel's API. A secret as a whole. */
export interface ExotelAccess {
  accountSid: string;
  apiKey: string;
  apiToken: string;
  /** `https://api.in.exotel.com` (Mumbai) or `https://api.exotel.com` (Singapore). */
  endpoint: string;
}

const resultSchema = z.object({
  code: z.number(),
  error_data: z
    .object({ code: z.number(), message: z.string(), description: z.string().nullish() })
    .nullish(),
  data: z.record(z.string(), z.unknown()).nullish(),
});
type Result = z.output<typeof resultSchema>;

// The outer `http_code` says 200 or 207 where the inner `code` says 400 or 409, so only the inner counts.
const envelopeSchema = z.object({ response: z.union([resultSchema, z.array(resultSchema)]) });

const RATE_LIMITED = 1030;

/**
 * One request to Exotel's SIP trunk API (https://docs.exotel.com/dynamic-sip-trunking).
 *
 * @param path below `/v2/accounts/<sid>`, for example `/trunks`
 * @returns the `data` of each result
 * @throws {ApiError} with Exotel's code (1008 duplicate, 1000 not found …) and what to do
 */
export async function callExotel(
  access: ExotelAccess,
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  path: string,
  json?: unknown,
): Promise<Record<string, unknown>[]> {
  const answer = await callApi({
    service: 'Exotel',
    method,
    url: `${access.endpoint}/v2/accounts/${encodeURIComponent(access.accountSid)}${path}`,
    user: access.apiKey,
    password: access.apiToken,
    ...(json === undefined ? {} : { json }),
  });
  const envelope = envelopeSchema.safeParse(answer.body);
  if (!envelope.success) {
    if (answer.status < 300) return [];
    throw failure({ code: answer.status, error_data: null }, answer.status);
  }
  const results = [envelope.data.response].flat();
  const failed = results.find(({ code }) => code >= 300);
  if (failed) throw failure(failed, answer.status);
  return results.flatMap(({ data }) => (data ? [data] : []));
}

/** Exotel has it already: 1008, or 409 of the trunk itself. */
export function isDuplicate(error: unknown): boolean {
  return isExotel(error) && (error.code === '1008' || error.status === 409);
}

/** Exotel does not know it. */
export function isExotelGone(error: unknown): boolean {
  return isExotel(error) && (error.code === '1000' || error.status === 404) && error.status !== 400;
}

function isExotel(error: unknown): error is ApiError {
  return error instanceof ApiError && error.service === 'Exotel';
}

function failure(result: Result, httpStatus: number): ApiError {
  const status = result.code >= 300 ? result.code : httpStatus;
  const code = result.error_data?.code;
  return new ApiError({
    service: 'Exotel',
    status,
    code: code === undefined ? undefined : String(code),
    retryable: code === RATE_LIMITED || status === 429,
    message: advice(status, result),
  });
}

function advice(status: number, { error_data: error }: Result): string {
  const said = `Exotel: ${error?.description ?? error?.message ?? 'no reason given'} (${error?.code ?? status}).`;
  if (status === 401 || error?.code === 1010) {
    return `${said} Check accountSid, apiKey, apiToken and region of patchbay:trunks[…].exotel.`;
  }
  if (/not whitelisted/i.test(said)) {
    return `${said} An address can be a destination only once it is in the allowed addresses: list it in patchbay:media.publicAddresses.`;
  }
  if (/not a valid ip or fqdn/i.test(said)) {
    return `${said} Exotel has to be able to reach it: a public address, or a name that resolves to one.`;
  }
  return said;
}
