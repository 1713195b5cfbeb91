import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { callApi } from './http-api.ts';

const request = (url: string) =>
  ({
    service: 'Twilio',
    method: 'GET',
    url,
    user: 'me',
    password: 'hush',
    timeoutMs: 200,
  }) as const;

it('says that nobody answers, without the password', async () => {
  const failure = callApi(request('http://127.0.0.1:9/x'));
  await expect(failure).rejects.toMatchObject({ status: 0, retryable: true });
  await expect(failure).rejects.toThrow(/No answer from Twilio at 127\.0\.0\.1:9/);
  await expect(failure).rejects.not.toThrow(/hush/);
});

it('gives up on a service that takes the request and stays silent', async () => {
  const server = createServer(() => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  try {
    await expect(callApi(request(`http://127.0.0.1:${port}/`))).rejects.toMatchObject({
      status: 0,
      retryable: true,
    });
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
