import { z } from 'zod';
import { ApiError } from './api-error.ts';
import { callExotel, isDuplicate, isExotelGone, type ExotelAccess } from './exotel-api.ts';
import { query } from './http-api.ts';
import type { Operations } from './operations-type.ts';

/** Exotel's half of a SIP trunk. Its numbers, addresses and destinations are items of their own. */
export interface ExotelTrunkInputs {
  access: ExotelAccess;
  /** Letters, digits and underscores, at most 16. */
  name: string;
  /** Sid of a trunk that is there already, to adopt it; empty to make one. */
  trunkSid: string;
}

type Outputs = { sid: string; domainName: string };

const trunkSchema = z.object({ trunk_sid: z.string(), trunk_name: z.string().optional() });

/** Exotel trunk: create or adopt, delete. A trunk can't be renamed. */
export const exotelTrunk: Operations<ExotelTrunkInputs, Outputs> = {
  replaceOn: ['name'],
  async create(inputs) {
    const sid = inputs.trunkSid === '' ? await make(inputs) : await adopt(inputs);
    return { id: sid, outs: { ...inputs, sid, domainName: domain(inputs.access) } };
  },
  async read(id, state) {
    return (await exists(state.access, id)) ? state : undefined;
  },
  update(id, _olds, news) {
    // Taking up another trunk must never delete this one.
    if (news.trunkSid !== '' && news.trunkSid !== id) {
      throw new ApiError({
        service: 'Exotel',
        status: 409,
        retryable: false,
        message:
          `Exotel: the stack holds trunk ${id} and patchbay:trunks[…].exotel.trunkSid says ${news.trunkSid}. ` +
          'To move, give the trunk another name in patchbay:trunks.',
      });
    }
    return Promise.resolve({ ...news, sid: id, domainName: domain(news.access) });
  },
  async delete(id, state) {
    try {
      await callExotel(state.access, 'DELETE', `/trunks?${query({ trunk_sid: id })}`);
    } catch (error) {
      if (!isExotelGone(error)) throw error;
    }
  },
};

function domain(access: ExotelAccess): string {
  return `${access.accountSid}.pstn.exotel.com`;
}

async function make(inputs: ExotelTrunkInputs): Promise<string> {
  try {
    const [data] = await callExotel(inputs.access, 'POST', '/trunks', {
      trunk_name: inputs.name,
      nso_code: 'ANY-ANY',
      domain_name: domain(inputs.access),
    });
    return trunkSchema.parse(data).trunk_sid;
  } catch (error) {
    if (!isDuplicate(error)) throw error;
    const there = await findByName(inputs);
    if (there !== undefined) return there;
    throw new ApiError({
      service: 'Exotel',
      status: 409,
      code: '1008',
      retryable: false,
      message:
        `Exotel: there is a trunk ${inputs.name} already, and Exotel does not tell its sid. ` +
        'Put the sid (from the dashboard) into patchbay:trunks[…].exotel.trunkSid to adopt it, or choose another trunkName.',
    });
  }
}

/** Exotel documents no call that lists trunks; some accounts answer one all the same. */
async function findByName({ access, name }: ExotelTrunkInputs): Promise<string | undefined> {
  try {
    const trunks = z.array(trunkSchema).parse(await callExotel(access, 'GET', '/trunks'));
    return trunks.find(({ trunk_name }) => trunk_name === name)?.trunk_sid;
  } catch (error) {
    if (error instanceof ApiError && error.retryable) throw error;
    return undefined;
  }
}

async function adopt({ access, trunkSid }: ExotelTrunkInputs): Promise<string> {
  if (await exists(access, trunkSid)) return trunkSid;
  throw new ApiError({
    service: 'Exotel',
    status: 404,
    code: '1000',
    retryable: false,
    message: `Exotel: there is no trunk ${trunkSid}. Correct patchbay:trunks[…].exotel.trunkSid or leave it out.`,
  });
}

/** Exotel documents no call that reads a trunk; its list of numbers answers for a trunk that exists. */
async function exists(access: ExotelAccess, sid: string): Promise<boolean> {
  try {
    await callExotel(access, 'GET', `/trunks/${encodeURIComponent(sid)}/phone-numbers`);
    return true;
  } catch (error) {
    if (isExotelGone(error)) return false;
    throw error;
  }
}
