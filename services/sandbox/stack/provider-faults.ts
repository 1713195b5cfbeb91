import type { z } from 'zod';
import type { faultSchema } from '../providers/faults.ts';
import type { Stack } from './stack.ts';

/** Make a provider stand-in misbehave for every call from now on. @throws Error if it refuses */
export async function setProviderFault(
  stack: Stack,
  fault: z.input<typeof faultSchema>,
): Promise<void> {
  await admin(stack, { method: 'POST', body: JSON.stringify(fault) });
}

export async function clearProviderFaults(stack: Stack): Promise<void> {
  await admin(stack, { method: 'DELETE' });
}

async function admin(stack: Stack, request: RequestInit): Promise<void> {
  const response = await fetch(`${stack.providersUrl}/admin/faults`, request);
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.status} ${text}`);
}
