import { SipClient } from 'livekit-server-sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTrunks } from '@patchbay/sandbox/stack/trunk-setup';
import type { LiveKitAccess } from './livekit-client.ts';
import { livekitDispatchRule } from './livekit-dispatch-rule.ts';
import { livekitInboundTrunk } from './livekit-inbound-trunk.ts';
import { livekitOutboundTrunk } from './livekit-outbound-trunk.ts';
import { providerMethods } from './provider-methods.ts';
import { startLiveKitWithRedis, type LiveKitWithRedis } from './testing/livekit-with-redis.ts';

// LiveKit logs that it is up just before it listens; the retries bridge that.
const inbound = providerMethods(livekitInboundTrunk, { firstWaitMs: 50 });
const outbound = providerMethods(livekitOutboundTrunk, { firstWaitMs: 50 });
const rules = providerMethods(livekitDispatchRule, { firstWaitMs: 50 });

let livekit: LiveKitWithRedis;
let access: LiveKitAccess;
let client: SipClient;
beforeAll(async () => {
  livekit = await startLiveKitWithRedis();
  access = livekit.access;
  client = new SipClient(access.url, access.apiKey, access.apiSecret);
});
afterAll(() => livekit.close());

const inboundInputs = (name: string, numbers: string[]) => ({
  access,
  name,
  numbers,
  allowedAddresses: ['192.0.2.0/24'],
  mediaEncryption: 'off' as const,
});

describe('an inbound trunk on the real livekit-server', () => {
  it('is created, read back, changed, adopted and deleted', async () => {
    const inputs = inboundInputs('in-1', ['+912248964153']);
    const made = await inbound.create(inputs);
    expect(made.id).toMatch(/^ST_/);
    expect((await client.listSipInboundTrunk())[0]).toMatchObject({
      name: 'in-1',
      numbers: ['+912248964153'],
      allowedAddresses: ['192.0.2.0/24'],
    });
    const back = await inbound.read(made.id, made.outs);
    expect(inbound.diff(made.id, back.props, inputs)).toMatchObject({ changes: false });

    const news = {
      ...inputs,
      numbers: ['+912248964153', '+912248964154'],
      auth: { username: 'carrier', password: 'pass-word' },
      mediaEncryption: 'require' as const,
    };
    expect(inbound.diff(made.id, made.outs, news)).toMatchObject({ changes: true, replaces: [] });
    const { outs } = await inbound.update(made.id, made.outs, news);
    const live = (await client.listSipInboundTrunk())[0];
    expect(live).toMatchObject({ numbers: news.numbers, authUsername: 'carrier' });
    expect(live?.mediaEncryption).toBe(2);
    const reread = await inbound.read(made.id, outs);
    expect(inbound.diff(made.id, reread.props, news).changes).toBe(false);

    expect((await inbound.create(news)).id).toBe(made.id);
    expect(await client.listSipInboundTrunk()).toHaveLength(1);

    await inbound.delete(made.id, outs);
    expect(await client.listSipInboundTrunk()).toEqual([]);
    expect((await inbound.read(made.id, outs)).id).toBe('');
    await inbound.delete(made.id, outs);
  });

  it('shows what somebody changed by hand as a difference', async () => {
    const inputs = inboundInputs('in-2', ['+912248964155']);
    const made = await inbound.create(inputs);
    await client.updateSipInboundTrunkFields(made.id, { name: 'in-2', metadata: 'by hand' });
    const info = (await client.listSipInboundTrunk()).find((one) => one.sipTrunkId === made.id)!;
    info.numbers = ['+15550100'];
    await client.updateSipInboundTrunk(made.id, info);
    const back = await inbound.read(made.id, made.outs);
    expect(inbound.diff(made.id, back.props, inputs).changes).toBe(true);
    await inbound.update(made.id, back.props, inputs);
    const repaired = (await client.listSipInboundTrunk()).find((one) => one.name === 'in-2');
    // What is not ours stays.
    expect(repaired).toMatchObject({ numbers: ['+912248964155'], metadata: 'by hand' });
    await inbound.delete(made.id, made.outs);
  });

  it('is refused in words when another trunk has the number', async () => {
    const made = await inbound.create(inboundInputs('in-3', ['+912248964156']));
    await expect(inbound.create(inboundInputs('in-4', ['+912248964156']))).rejects.toThrow(
      /A number can be in one trunk only/,
    );
    await inbound.delete(made.id, made.outs);
  });
});

describe('an outbound trunk on the real livekit-server', () => {
  it('is created, read back, changed, adopted and deleted', async () => {
    const inputs = {
      access,
      name: 'out-1',
      address: 'patchbay.pstn.twilio.com',
      transport: 'tcp' as const,
      numbers: ['+12025550187'],
      auth: { username: 'us', password: 'pass-word' },
      mediaEncryption: 'off' as const,
    };
    const made = await outbound.create(inputs);
    const back = await outbound.read(made.id, made.outs);
    expect(outbound.diff(made.id, back.props, inputs).changes).toBe(false);
    const news = { ...inputs, transport: 'tls' as const, address: 'sip.example.com:5061' };
    await outbound.update(made.id, made.outs, news);
    expect(await client.listSipOutboundTrunk()).toMatchObject([
      { address: 'sip.example.com:5061', transport: 3, authUsername: 'us' },
    ]);
    expect((await outbound.create(news)).id).toBe(made.id);
    await outbound.delete(made.id, made.outs);
    expect((await outbound.read(made.id, made.outs)).id).toBe('');
    await outbound.delete(made.id, made.outs);
  });
});

describe('a dispatch rule on the real livekit-server', () => {
  it('sends the calls of its trunks to the agent; is changed, adopted and deleted', async () => {
    const trunk = await inbound.create(inboundInputs('in-5', ['+912248964157']));
    const inputs = { access, name: 'rule-1', trunkIds: [trunk.id], agent: 'bank' };
    const made = await rules.create(inputs);
    const [rule] = await client.listSipDispatchRule();
    expect(rule).toMatchObject({
      name: 'rule-1',
      trunkIds: [trunk.id],
      attributes: { 'patchbay.door': 'trunk' },
      rule: { rule: { case: 'dispatchRuleIndividual', value: { roomPrefix: 'trunk-bank' } } },
    });
    expect(rule?.roomConfig?.agents).toMatchObject([
      { agentName: 'patchbay', metadata: '{"agent":"bank"}' },
    ]);
    const back = await rules.read(made.id, made.outs);
    expect(rules.diff(made.id, back.props, inputs).changes).toBe(false);

    await rules.update(made.id, made.outs, { ...inputs, agent: 'support' });
    const changed = await rules.read(made.id, made.outs);
    expect(changed.props.agent).toBe('support');
    expect((await rules.create(inputs)).id).toBe(made.id);

    await rules.delete(made.id, made.outs);
    expect((await rules.read(made.id, made.outs)).id).toBe('');
    await rules.delete(made.id, made.outs);
    await inbound.delete(trunk.id, trunk.outs);
  });
});

describe('the local stack', () => {
  it('makes the same trunk and rule as this program', async () => {
    const number = '+912248964159';
    await openTrunks({ ...access, httpUrl: access.url }, { [number]: 'bank' });
    const name = 'patchbay-local-bank';
    const trunk = (await client.listSipInboundTrunk()).find((one) => one.name === name)!;
    const rule = (await client.listSipDispatchRule()).find((one) => one.name === name)!;
    const trunkInputs = { ...inboundInputs(name, [number]), allowedAddresses: [] };
    const ruleInputs = { access, name, trunkIds: [trunk.sipTrunkId], agent: 'bank' };
    const trunkState = { ...trunkInputs, trunkId: trunk.sipTrunkId };
    const trunkBack = await inbound.read(trunk.sipTrunkId, trunkState);
    expect(inbound.diff(trunk.sipTrunkId, trunkBack.props, trunkInputs).changes).toBe(false);
    const ruleId = rule.sipDispatchRuleId;
    const ruleBack = await rules.read(ruleId, { ...ruleInputs, ruleId });
    expect(rules.diff(ruleId, ruleBack.props, ruleInputs).changes).toBe(false);
    const ours = await rules.create({ ...ruleInputs, name: 'rule-2', trunkIds: ['ST_other'] });
    const made = (await client.listSipDispatchRule()).find((one) => one.name === 'rule-2')!;
    const plain = ({ rule: how, roomConfig, attributes }: typeof rule) =>
      JSON.stringify([how?.toJson(), roomConfig?.toJson(), attributes]);
    expect(plain(rule)).toBe(plain(made));
    await rules.delete(ours.id, ours.outs);
    await rules.delete(ruleId, { ...ruleInputs, ruleId });
    await inbound.delete(trunk.sipTrunkId, trunkState);
  });
});

describe('a LiveKit that cannot do it', () => {
  it('is told from a wrong secret', async () => {
    const wrong = { ...access, apiSecret: 'x'.repeat(32) };
    await expect(
      inbound.create({ ...inboundInputs('in-6', ['+1']), access: wrong }),
    ).rejects.toThrow(/patchbay:livekit\.apiSecret/);
  });

  it('is told from one that runs without Redis', async () => {
    const bare = await startLiveKitWithRedis({ redis: false });
    try {
      const inputs = { ...inboundInputs('in-7', ['+912248964158']), access: bare.access };
      await expect(inbound.create(inputs)).rejects.toThrow(/without Redis.*patchbay:redis/);
    } finally {
      await bare.close();
    }
  });

  it('is told from one that does not answer', async () => {
    const nowhere = providerMethods(livekitInboundTrunk, { attempts: 1 });
    const inputs = {
      ...inboundInputs('in-8', []),
      access: { ...access, url: 'http://127.0.0.1:9' },
    };
    await expect(nowhere.create(inputs)).rejects.toThrow(/patchbay:livekit\.adminUrl/);
  });
});
