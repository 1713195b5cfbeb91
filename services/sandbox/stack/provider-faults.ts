import type { z } from 'zod';
import type { faultSchema } from '../providers/faults.ts';
import { askProviders } from './provider-admin.ts';
import type { Stack } from './stack.ts';

/** Make a provider stand-in misbehave for every call from now on. @throws Error if it refuses */
export async function setProviderFault(
  stack: Stack,
  fault: z.input<typeof faultSchema>,
): Promise<void> {
  await askProviders(stack, 'faults', { method: 'POST', body: JSON.stringify(fault) });
}

export async function clearProviderFaults(stack: Stack): Promise<void> {
  await askProviders(stack, 'faults', { method: 'DELETE' });
}
