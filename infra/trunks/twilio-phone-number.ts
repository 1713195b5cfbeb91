import { z } from 'zod';
import { ApiError } from './api-error.ts';
import { callTwilio, isTwilioGone, type TwilioAccess } from './twilio-api.ts';
import { deleteTwilio } from './twilio-trunk.ts';
import { query } from './http-api.ts';
import type { Operations } from './operations-type.ts';

/** A number of the Twilio account that rings on a trunk. */
export interface TwilioPhoneNumberInputs {
  access: TwilioAccess;
  trunkSid: string;
  /** E.164. */
  phoneNumber: string;
}

type Outputs = { phoneNumberSid: string };

const incomingSchema = z.object({
  incoming_phone_numbers: z.array(
    z.object({ sid: z.string(), phone_number: z.string(), trunk_sid: z.string().nullish() }),
  ),
});

/** Twilio number on a trunk: put it there or adopt it, take it off. The number itself is never bought or released. */
export const twilioPhoneNumber: Operations<TwilioPhoneNumberInputs, Outputs> = {
  replaceOn: ['trunkSid', 'phoneNumber'],
  async create(inputs) {
    const { access, phoneNumber, trunkSid } = inputs;
    const account = `/2010-04-01/Accounts/${access.accountSid}`;
    const owned = incomingSchema
      .parse(
        await callTwilio(
          access,
          'GET',
          `${account}/IncomingPhoneNumbers.json?${query({ PhoneNumber: phoneNumber })}`,
        ),
      )
      .incoming_phone_numbers.find(({ phone_number }) => phone_number === phoneNumber);
    if (!owned) {
      throw problem(
        `Twilio: ${phoneNumber} is not a number of this account. Buy it there or correct patchbay:trunks[…].numbers.`,
      );
    }
    if (owned.trunk_sid && owned.trunk_sid !== trunkSid) {
      throw problem(
        `Twilio: ${phoneNumber} is on another trunk (${owned.trunk_sid}). Take it off there first.`,
      );
    }
    if (owned.trunk_sid !== trunkSid) {
      await callTwilio(access, 'POST', listPath(trunkSid), { PhoneNumberSid: owned.sid });
    }
    return { id: owned.sid, outs: { ...inputs, phoneNumberSid: owned.sid } };
  },
  async read(id, state) {
    try {
      await callTwilio(state.access, 'GET', `${listPath(state.trunkSid)}/${id}`);
      return state;
    } catch (error) {
      if (isTwilioGone(error)) return undefined;
      throw error;
    }
  },
  // Only the credentials can change without a new resource.
  update: (id, _olds, news) => Promise.resolve({ ...news, phoneNumberSid: id }),
  async delete(id, state) {
    await deleteTwilio(state.access, `${listPath(state.trunkSid)}/${id}`);
  },
};

function listPath(trunkSid: string): string {
  return `/v1/Trunks/${trunkSid}/PhoneNumbers`;
}

function problem(message: string): ApiError {
  return new ApiError({ service: 'Twilio', status: 409, retryable: false, message });
}
