import { afterEach, describe, expect, it } from 'vitest';
import {
  startExotel,
  type ExotelOptions,
  type ExotelStandIn,
} from '@patchbay/sandbox/carriers/exotel';
import type { ExotelAccess } from './exotel-api.ts';
import { exotelCredential } from './exotel-credential.ts';
import { exotelItem, type ExotelItem } from './exotel-item.ts';
import { exotelTrunk } from './exotel-trunk.ts';
import { providerMethods } from './provider-methods.ts';

const instant = { sleep: () => Promise.resolve() };
const trunks = providerMethods(exotelTrunk, instant);
const items = providerMethods(exotelItem, instant);
const credentials = providerMethods(exotelCredential, instant);

let exotel: ExotelStandIn | undefined;
afterEach(async () => {
  await exotel?.close();
  exotel = undefined;
});

async function start(options: ExotelOptions = {}) {
  exotel = await startExotel(options);
  const { accountSid, apiKey, apiToken, url } = exotel;
  const access: ExotelAccess = { accountSid, apiKey, apiToken, endpoint: url };
  const inputs = { access, name: 'patchbay_bank', trunkSid: '' };
  return { exotel, access, inputs };
}

const NUMBER: ExotelItem = { kind: 'number', phoneNumber: '+912248964153' };
const ADDRESS: ExotelItem = { kind: 'allowed-address', address: '198.51.100.7' };
const BY_NAME: ExotelItem = {
  kind: 'destination',
  destination: 'sip.example.com:5070;transport=tcp',
};
const BY_ADDRESS: ExotelItem = {
  kind: 'destination',
  destination: '198.51.100.7:5070;transport=tcp',
};

describe('an Exotel trunk', () => {
  it('is made, read back and deleted', async () => {
    const { exotel, inputs } = await start();
    const made = await trunks.create(inputs);
    expect(exotel.trunks.get(made.id)?.trunk_name).toBe('patchbay_bank');
    expect(made.outs.domainName).toBe('patchbaytest.pstn.exotel.com');
    expect((await trunks.read(made.id, made.outs)).id).toBe(made.id);
    expect(trunks.diff(made.id, made.outs, inputs).changes).toBe(false);
    expect(trunks.diff(made.id, made.outs, { ...inputs, name: 'other' }).replaces).toEqual([
      'name',
    ]);
    await trunks.delete(made.id, made.outs);
    expect(exotel.trunks.size).toBe(0);
    await trunks.delete(made.id, made.outs);
    expect((await trunks.read(made.id, made.outs)).id).toBe('');
  });

  it('is adopted on error 1008 where the account lists its trunks', async () => {
    const { exotel, inputs } = await start({ listsTrunks: true });
    const first = await trunks.create(inputs);
    const second = await trunks.create(inputs);
    expect(second.id).toBe(first.id);
    expect(exotel.trunks.size).toBe(1);
  });

  it('asks for the sid on error 1008 where Exotel tells no sid, and adopts by it', async () => {
    const { exotel, inputs } = await start();
    const first = await trunks.create(inputs);
    await expect(trunks.create(inputs)).rejects.toThrow(/exotel\.trunkSid to adopt it/);
    const adopted = await trunks.create({ ...inputs, trunkSid: first.id });
    expect(adopted.id).toBe(first.id);
    expect(exotel.trunks.size).toBe(1);
  });

  it('refuses a sid that does not exist, and never swaps trunks by an update', async () => {
    const { inputs } = await start();
    const wrong = { ...inputs, trunkSid: 'trmum1nothing' };
    await expect(trunks.create(wrong)).rejects.toThrow(/no trunk trmum1nothing/);
    const made = await trunks.create(inputs);
    expect(trunks.diff(made.id, made.outs, wrong).replaces).toEqual([]);
    await expect(trunks.update(made.id, made.outs, wrong)).rejects.toThrow(/another name/);
  });

  it('waits out the rate limit, in either envelope', async () => {
    const { exotel, inputs } = await start();
    exotel.failNext({ status: 429, headers: { 'retry-after': '2' } });
    exotel.failNext({
      status: 200,
      body: { response: { code: 429, error_data: { code: 1030, message: 'Rate limit exceeded' } } },
    });
    await trunks.create(inputs);
    expect(exotel.trunks.size).toBe(1);
  });

  it('says which settings to check when the token is refused, without the token', async () => {
    const { access, inputs } = await start();
    const failure = trunks.create({ ...inputs, access: { ...access, apiToken: 'hush-hush' } });
    await expect(failure).rejects.toThrow(/1010.*patchbay:trunks\[…\]\.exotel/);
    await expect(failure).rejects.not.toThrow(/hush-hush/);
  });
});

describe('what belongs to an Exotel trunk', () => {
  it.each([
    ['number', NUMBER],
    ['allowed address', ADDRESS],
    ['destination by name', BY_NAME],
  ])('%s: is added once, adopted, read back', async (_name, item) => {
    const { access, inputs } = await start();
    const { id: trunkSid } = await trunks.create(inputs);
    const made = await items.create({ access, trunkSid, item });
    expect((await items.create({ access, trunkSid, item })).id).toBe(made.id);
    expect((await items.read(made.id, made.outs)).id).toBe(made.id);
    expect(items.diff(made.id, made.outs, { access, trunkSid, item }).changes).toBe(false);
  });

  it('adopts what Exotel calls a duplicate (1008) although it was not listed before', async () => {
    const { exotel, access, inputs } = await start();
    const { id: trunkSid } = await trunks.create(inputs);
    const first = await items.create({ access, trunkSid, item: ADDRESS });
    // The first list is empty, as if another run had added the address in between.
    exotel.failNext({ status: 200, body: { response: [] } });
    expect((await items.create({ access, trunkSid, item: ADDRESS })).id).toBe(first.id);
  });

  it('takes an address as destination once it is allowed, and says so before', async () => {
    const { access, inputs } = await start();
    const { id: trunkSid } = await trunks.create(inputs);
    const destination = { access, trunkSid, item: BY_ADDRESS };
    await expect(items.create(destination)).rejects.toThrow(/patchbay:media\.publicAddresses/);
    await items.create({ access, trunkSid, item: ADDRESS });
    await items.create(destination);
  });

  it('removes an item where Exotel takes that, and says who has to where not', async () => {
    const helpful = await start({ removesItems: true });
    let trunk = await trunks.create(helpful.inputs);
    const inputs = { access: helpful.access, trunkSid: trunk.id, item: NUMBER };
    const made = await items.create(inputs);
    await items.delete(made.id, made.outs);
    expect((await items.read(made.id, made.outs)).id).toBe('');
    await items.delete(made.id, made.outs);
    await helpful.exotel.close();

    const documented = await start();
    trunk = await trunks.create(documented.inputs);
    const kept = await items.create({ ...inputs, access: documented.access, trunkSid: trunk.id });
    await expect(items.delete(kept.id, kept.outs)).rejects.toThrow(
      /keeps the number \+912248964153.*dashboard/,
    );
    await trunks.delete(trunk.id, trunk.outs);
    await items.delete(kept.id, kept.outs);
  });

  it('has digest credentials: made, adopted, deleted', async () => {
    const { exotel, access, inputs } = await start();
    const { id: trunkSid } = await trunks.create(inputs);
    const pair = { access, trunkSid, auth: { username: 'bridge', password: 'pass-word-1' } };
    const made = await credentials.create(pair);
    expect((await credentials.create(pair)).id).toBe(made.id);
    expect((await credentials.read(made.id, made.outs)).id).toBe(made.id);
    const other = { ...pair, auth: { username: 'bridge', password: 'pass-word-2' } };
    expect(credentials.diff(made.id, made.outs, other).replaces).toEqual(['auth']);
    await credentials.delete(made.id, made.outs);
    expect(exotel.trunks.get(trunkSid)?.lists.credentials).toEqual([]);
    expect((await credentials.read(made.id, made.outs)).id).toBe('');
  });
});
