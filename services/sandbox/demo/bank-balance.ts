import { z } from 'zod';

const accountSchema = z.object({ balanceMinor: z.number().int() });

/**
 * Ask the bank's back end what the right answer is, in cents.
 * @throws Error when it does not know the customer or does not answer
 */
export async function bankBalanceMinor(bankUrl: string, phone: string): Promise<number> {
  const response = await fetch(`${bankUrl}/v1/accounts?phone=${encodeURIComponent(phone)}`);
  if (!response.ok) {
    throw new Error(
      `the bank's back end answered ${response.status} for ${phone}: ${await response.text()}`,
    );
  }
  return accountSchema.parse(await response.json()).balanceMinor;
}
