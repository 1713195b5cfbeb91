import type { Stack } from './stack.ts';

/** Ask something of the provider stand-ins' admin pages. @throws Error if they refuse */
export async function askProviders(
  stack: Stack,
  page: 'faults' | 'told-words',
  request: RequestInit,
): Promise<void> {
  const response = await fetch(`${stack.providersUrl}/admin/${page}`, request);
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.status} ${text}`);
}
