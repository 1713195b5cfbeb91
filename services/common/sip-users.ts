import { z } from 'zod';

const E164 = /^\+[1-9]\d{6,14}$/;

/** @returns whether it is a phone number as ITU-T E.164 §6.2.1 has it, with `+` */
export function isPhoneNumber(text: string): boolean {
  return E164.test(text);
}

/** A phone number in E.164, with `+`. */
export const phoneNumberSchema = z
  .string()
  .regex(E164, 'must be a phone number in E.164 form, for example +12025550187');

/** The user name of SIP digest (RFC 3261 §22): what fits the user part of an address unescaped. */
export const digestUserSchema = z
  .string()
  .regex(/^[A-Za-z0-9._~!$&'()*+,=@-]{1,64}$/, 'must be 1 to 64 characters of a SIP user name');
