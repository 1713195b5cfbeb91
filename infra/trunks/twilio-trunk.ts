import { z } from 'zod';
import { callTwilio, isTwilioGone, listTwilio, type TwilioAccess } from './twilio-api.ts';
import type { Operations } from './operations-type.ts';

/** Twilio's half of an Elastic SIP trunk. */
export interface TwilioTrunkInputs {
  access: TwilioAccess;
  /** Twilio's FriendlyName, at most 64 characters; a trunk of this name is adopted. */
  name: string;
  /** `<name>.pstn.twilio.com`, for calls out; empty for none. */
  domainName: string;
  /** TLS and SRTP, both required. */
  secure: boolean;
}

type Outputs = { trunkSid: string };

const trunkSchema = z.object({
  sid: z.string(),
  friendly_name: z.string().nullish(),
  domain_name: z.string().nullish(),
  secure: z.boolean().nullish(),
});

/** Twilio trunk: create or adopt by name, change, delete. */
export const twilioTrunk: Operations<TwilioTrunkInputs, Outputs> = {
  replaceOn: [],
  async create(inputs) {
    const all = await listTwilio(inputs.access, '/v1/Trunks', 'trunks', trunkSchema);
    const there = all.find(({ friendly_name }) => friendly_name === inputs.name);
    const path = there ? `/v1/Trunks/${there.sid}` : '/v1/Trunks';
    const { sid } = trunkSchema.parse(await callTwilio(inputs.access, 'POST', path, form(inputs)));
    return { id: sid, outs: { ...inputs, trunkSid: sid } };
  },
  async read(id, state) {
    try {
      const live = trunkSchema.parse(await callTwilio(state.access, 'GET', `/v1/Trunks/${id}`));
      return {
        ...state,
        name: live.friendly_name ?? '',
        domainName: live.domain_name ?? '',
        secure: live.secure ?? false,
      };
    } catch (error) {
      if (isTwilioGone(error)) return undefined;
      throw error;
    }
  },
  async update(id, _olds, news) {
    await callTwilio(news.access, 'POST', `/v1/Trunks/${id}`, form(news));
    return { ...news, trunkSid: id };
  },
  async delete(id, state) {
    await deleteTwilio(state.access, `/v1/Trunks/${id}`);
  },
};

/** Delete; gone already is fine. */
export async function deleteTwilio(access: TwilioAccess, path: string): Promise<void> {
  try {
    await callTwilio(access, 'DELETE', path);
  } catch (error) {
    if (!isTwilioGone(error)) throw error;
  }
}

function form(inputs: TwilioTrunkInputs): Record<string, string> {
  return {
    FriendlyName: inputs.name,
    Secure: String(inputs.secure),
    ...(inputs.domainName === '' ? {} : { DomainName: inputs.domainName }),
  };
}
