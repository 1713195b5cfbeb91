import { z } from 'zod';
import { callTwilio, isTwilioGone, listTwilio, type TwilioAccess } from './twilio-api.ts';
import { deleteTwilio } from './twilio-trunk.ts';
import type { Operations } from './operations-type.ts';

/** Where Twilio sends the calls of a trunk. */
export interface TwilioOriginationUrlInputs {
  access: TwilioAccess;
  trunkSid: string;
  name: string;
  /** For example `sip:sip.example.com:5060;transport=tcp`. */
  sipUrl: string;
  /** 0 to 65535; the lowest is tried first. */
  priority: number;
  /** 1 to 65535; the share among those of one priority. */
  weight: number;
}

type Outputs = { originationSid: string };

const urlSchema = z.object({
  sid: z.string(),
  friendly_name: z.string().nullish(),
  sip_url: z.string(),
  priority: z.number(),
  weight: z.number(),
});

/** Twilio origination URL: create or adopt by SIP URL, change, delete. */
export const twilioOriginationUrl: Operations<TwilioOriginationUrlInputs, Outputs> = {
  replaceOn: ['trunkSid'],
  async create(inputs) {
    const list = listPath(inputs.trunkSid);
    const all = await listTwilio(inputs.access, list, 'origination_urls', urlSchema);
    const there = all.find(({ sip_url }) => sip_url === inputs.sipUrl);
    const path = there ? `${list}/${there.sid}` : list;
    const { sid } = urlSchema.parse(await callTwilio(inputs.access, 'POST', path, form(inputs)));
    return { id: sid, outs: { ...inputs, originationSid: sid } };
  },
  async read(id, state) {
    try {
      const live = urlSchema.parse(
        await callTwilio(state.access, 'GET', `${listPath(state.trunkSid)}/${id}`),
      );
      return {
        ...state,
        name: live.friendly_name ?? '',
        sipUrl: live.sip_url,
        priority: live.priority,
        weight: live.weight,
      };
    } catch (error) {
      if (isTwilioGone(error)) return undefined;
      throw error;
    }
  },
  async update(id, _olds, news) {
    await callTwilio(news.access, 'POST', `${listPath(news.trunkSid)}/${id}`, form(news));
    return { ...news, originationSid: id };
  },
  async delete(id, state) {
    await deleteTwilio(state.access, `${listPath(state.trunkSid)}/${id}`);
  },
};

function listPath(trunkSid: string): string {
  return `/v1/Trunks/${trunkSid}/OriginationUrls`;
}

function form(inputs: TwilioOriginationUrlInputs): Record<string, string> {
  return {
    FriendlyName: inputs.name,
    SipUrl: inputs.sipUrl,
    Priority: String(inputs.priority),
    Weight: String(inputs.weight),
    Enabled: 'true',
  };
}
