import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startTwilio, type TwilioStandIn } from '@patchbay/sandbox/carriers/twilio';
import { providerMethods } from './provider-methods.ts';
import type { TwilioAccess } from './twilio-api.ts';
import { twilioOriginationUrl } from './twilio-origination-url.ts';
import { twilioPhoneNumber } from './twilio-phone-number.ts';
import { twilioTrunk } from './twilio-trunk.ts';

const NUMBER = '+12025550187';
const instant = { sleep: () => Promise.resolve() };
const trunks = providerMethods(twilioTrunk, instant);
const urls = providerMethods(twilioOriginationUrl, instant);
const numbers = providerMethods(twilioPhoneNumber, instant);

let twilio: TwilioStandIn;
let access: TwilioAccess;
beforeEach(async () => {
  twilio = await startTwilio([NUMBER]);
  access = {
    accountSid: twilio.accountSid,
    user: twilio.user,
    password: twilio.password,
    endpoints: { trunking: twilio.url, api: twilio.url },
  };
});
afterEach(() => twilio.close());

const trunkInputs = () => ({
  access,
  name: 'patchbay-bank',
  domainName: 'patchbay-bank.pstn.twilio.com',
  secure: false,
});

describe('a Twilio trunk', () => {
  it('is made, read back, changed and deleted', async () => {
    const made = await trunks.create(trunkInputs());
    expect(twilio.state.trunks.get(made.id)).toMatchObject({
      friendly_name: 'patchbay-bank',
      domain_name: 'patchbay-bank.pstn.twilio.com',
    });
    const news = { ...trunkInputs(), secure: true };
    expect(trunks.diff(made.id, made.outs, news)).toMatchObject({ changes: true, replaces: [] });
    await trunks.update(made.id, made.outs, news);
    const back = await trunks.read(made.id, made.outs);
    expect(back.props).toMatchObject({ secure: true, trunkSid: made.id });
    expect(trunks.diff(made.id, back.props, news).changes).toBe(false);
    await trunks.delete(made.id, made.outs);
    expect(twilio.state.trunks.size).toBe(0);
  });

  it('is adopted when one of its name is there', async () => {
    const first = await trunks.create(trunkInputs());
    const second = await trunks.create({ ...trunkInputs(), secure: true });
    expect(second.id).toBe(first.id);
    expect(twilio.state.trunks.size).toBe(1);
    expect(twilio.state.trunks.get(first.id)?.secure).toBe(true);
  });

  it('is found on a later page of a long list', async () => {
    for (let i = 0; i < 1_001; i++) {
      const sid = `TK${i}`;
      const friendly_name = i === 1_000 ? 'patchbay-bank' : `other-${i}`;
      twilio.state.trunks.set(sid, { sid, friendly_name, domain_name: null, secure: false });
    }
    const made = await trunks.create(trunkInputs());
    expect(made.id).toBe('TK1000');
  });

  it('deletes without complaint what is gone already, and reads it as gone', async () => {
    const made = await trunks.create(trunkInputs());
    twilio.state.trunks.clear();
    expect((await trunks.read(made.id, made.outs)).id).toBe('');
    await trunks.delete(made.id, made.outs);
  });

  it('is made once although Twilio limits and fails at first', async () => {
    twilio.failNext({ status: 429, headers: { 'retry-after': '1' } });
    twilio.failNext({ status: 503 }, 2);
    await trunks.create(trunkInputs());
    expect(twilio.state.trunks.size).toBe(1);
  });

  it('gives up in words when Twilio stays down', async () => {
    twilio.failNext({ status: 500 }, 99);
    await expect(trunks.create(trunkInputs())).rejects.toThrow(/Twilio failed with 500.*pulumi up/);
  });

  it('says which settings to check when the key is refused, without the key', async () => {
    const wrong = { ...access, password: 'very-secret-thing' };
    const failure = trunks.create({ ...trunkInputs(), access: wrong });
    await expect(failure).rejects.toThrow(/20003.*patchbay:trunks\[…\]\.twilio/);
    await expect(failure).rejects.not.toThrow(/very-secret-thing/);
  });

  it('says what Twilio objects to', async () => {
    const inputs = { ...trunkInputs(), domainName: 'bank.example.com' };
    await expect(trunks.create(inputs)).rejects.toThrow(/must end with pstn.twilio.com/);
  });
});

describe('an origination URL', () => {
  it('is made, adopted, changed, read back and deleted; another trunk means a new one', async () => {
    const { id: trunkSid } = await trunks.create(trunkInputs());
    const inputs = {
      access,
      trunkSid,
      name: 'patchbay-bank',
      sipUrl: 'sip:sip.example.com:5060;transport=tcp',
      priority: 10,
      weight: 10,
    };
    const made = await urls.create(inputs);
    expect((await urls.create(inputs)).id).toBe(made.id);
    const news = { ...inputs, sipUrl: 'sip:sip2.example.com:5060;transport=tcp' };
    expect(urls.diff(made.id, made.outs, news)).toMatchObject({ changes: true, replaces: [] });
    await urls.update(made.id, made.outs, news);
    expect((await urls.read(made.id, made.outs)).props.sipUrl).toBe(news.sipUrl);
    expect(urls.diff(made.id, made.outs, { ...inputs, trunkSid: 'TKother' }).replaces).toEqual([
      'trunkSid',
    ]);
    await urls.delete(made.id, made.outs);
    expect(twilio.state.urls.get(trunkSid)).toEqual([]);
    expect((await urls.read(made.id, made.outs)).id).toBe('');
  });
});

describe('a number on a trunk', () => {
  it('is put there, adopted, and taken off without losing the number', async () => {
    const { id: trunkSid } = await trunks.create(trunkInputs());
    const inputs = { access, trunkSid, phoneNumber: NUMBER };
    const made = await numbers.create(inputs);
    expect(twilio.state.numbers[0]?.trunk_sid).toBe(trunkSid);
    expect((await numbers.create(inputs)).id).toBe(made.id);
    expect((await numbers.read(made.id, made.outs)).id).toBe(made.id);
    await numbers.delete(made.id, made.outs);
    expect(twilio.state.numbers).toMatchObject([{ phone_number: NUMBER, trunk_sid: null }]);
    expect((await numbers.read(made.id, made.outs)).id).toBe('');
  });

  it('is refused in words when the account does not own it or another trunk has it', async () => {
    const { id: trunkSid } = await trunks.create(trunkInputs());
    await expect(numbers.create({ access, trunkSid, phoneNumber: '+12025550100' })).rejects.toThrow(
      /\+12025550100 is not a number of this account/,
    );
    twilio.state.numbers[0]!.trunk_sid = 'TKother';
    await expect(numbers.create({ access, trunkSid, phoneNumber: NUMBER })).rejects.toThrow(
      /is on another trunk \(TKother\)/,
    );
  });
});
