import { afterEach, expect, it } from 'vitest';
import type { CarrierServer } from './carrier-server.ts';
import { startExotel } from './exotel.ts';
import { startTwilio } from './twilio.ts';

const open: CarrierServer[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

function basic(user: string, password: string): Record<string, string> {
  return { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` };
}

it('Twilio: refuses a wrong key with 20003 and an unknown trunk with 20404', async () => {
  const twilio = await startTwilio();
  open.push(twilio);
  const url = `${twilio.url}/v1/Trunks/TKnothing`;
  const unknown = await fetch(url, { headers: basic(twilio.user, 'wrong') });
  expect([unknown.status, await unknown.json()]).toMatchObject([401, { code: 20003 }]);
  const gone = await fetch(url, { headers: basic(twilio.user, twilio.password) });
  expect([gone.status, await gone.json()]).toMatchObject([404, { code: 20404 }]);
});

it('Twilio: 201 for what is made, 204 without a body for what is deleted', async () => {
  const twilio = await startTwilio();
  open.push(twilio);
  const headers = basic(twilio.user, twilio.password);
  const body = new URLSearchParams({ FriendlyName: 'bank' });
  const made = await fetch(`${twilio.url}/v1/Trunks`, { method: 'POST', headers, body });
  const { sid } = (await made.json()) as { sid: string };
  expect([made.status, sid]).toMatchObject([201, expect.stringMatching(/^TK[0-9a-f]{32}$/)]);
  const gone = await fetch(`${twilio.url}/v1/Trunks/${sid}`, { method: 'DELETE', headers });
  expect([gone.status, await gone.text()]).toEqual([204, '']);
});

const exotelCases = [
  ['a bad name', { trunk_name: 'has-dashes' }, 400, 400, 1001],
  ['a name that is taken', { trunk_name: 'taken' }, 200, 409, 1008],
] as const;
it.each(exotelCases)('Exotel: answers %s as documented', async (_, body, outer, inner, code) => {
  const exotel = await startExotel();
  open.push(exotel);
  const domain = { nso_code: 'ANY-ANY', domain_name: `${exotel.accountSid}.pstn.exotel.com` };
  const post = (json: object) =>
    fetch(`${exotel.url}/v2/accounts/${exotel.accountSid}/trunks`, {
      method: 'POST',
      headers: { ...basic(exotel.apiKey, exotel.apiToken), 'content-type': 'application/json' },
      body: JSON.stringify({ ...domain, ...json }),
    });
  await post({ trunk_name: 'taken' });
  const answer = await post(body);
  expect([answer.status, await answer.json()]).toMatchObject([
    outer,
    { response: { code: inner, error_data: { code } } },
  ]);
});

it('Exotel: refuses other bodies than JSON', async () => {
  const exotel = await startExotel();
  open.push(exotel);
  const send = async (contentType: string, body: string) => {
    const answer = await fetch(`${exotel.url}/v2/accounts/${exotel.accountSid}/trunks`, {
      method: 'POST',
      headers: { ...basic(exotel.apiKey, exotel.apiToken), 'content-type': contentType },
      body,
    });
    return answer.json();
  };
  const text = await send('text/plain', 'x');
  expect(text).toMatchObject({ response: { error_data: { code: 1011 } } });
  const broken = await send('application/json', '{');
  expect(broken).toMatchObject({ response: { error_data: { code: 1007 } } });
});
