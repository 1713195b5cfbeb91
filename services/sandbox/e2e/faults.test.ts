import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PCMA } from '@patchbay/common/g711';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { ask, BALANCE_QUESTION, hearGreeting } from '../demo/conversation.ts';
import { LOCAL_NUMBERS, type Stack } from '../stack/stack.ts';
import type { CallOptions, PhoneCall } from '../telephone/phone-call.ts';
import { Telephone } from '../telephone/telephone.ts';
import { recordsOf, talkByPhone } from './calls.ts';
import {
  clearProviderFaults,
  expectNothingLeft,
  setProviderFault,
  startTestStack,
  testLog,
} from './stack.ts';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function dial(stack: Stack, options: Partial<CallOptions> = {}): Promise<PhoneCall> {
  const phone = await Telephone.open({ transport: 'udp', host: '127.0.0.1', log: testLog });
  cleanups.push(() => phone.close());
  const call = phone.call({
    to: LOCAL_NUMBERS.bank,
    from: LOCAL_NUMBERS.caller,
    server: stack.sip,
    payloadTypes: [PCMA],
    ...options,
  });
  call.answered.catch(() => undefined);
  call.ringing.catch(() => undefined);
  return call;
}

describe('a caller', () => {
  let stack: Stack;
  let close = async () => {};
  const agentLines: string[] = [];
  beforeAll(async () => {
    ({ stack, close } = await startTestStack({
      env: {
        bridge: {
          BRIDGE_MEDIA_START_TIMEOUT_MS: '2000',
          BRIDGE_MEDIA_TIMEOUT_MS: '2000',
          BRIDGE_RTP_REST_MS: '1000',
        },
      },
      onLine: (service, line) => {
        if (service === 'agent') agentLines.push(line);
      },
    }));
  });
  afterAll(() => close());

  const recordAfter = (earlier: number) =>
    vi.waitFor(
      () => {
        expect(recordsOf(stack, 'reach')).toHaveLength(earlier + 1);
        return recordsOf(stack, 'reach').at(-1)!;
      },
      { timeout: 10_000, interval: 50 },
    );

  it('whose agent’s provider refuses the key hears an apology, the call ends, and the log names the variable', async () => {
    await setProviderFault(stack, { provider: 'openai', status: 401 });
    const earlier = recordsOf(stack, 'reach').length;
    const call = await dial(stack);
    await call.answered;
    await hearGreeting(call);
    expect((await ask(call, BALANCE_QUESTION)).heard).toContain('sorry');
    await call.ended;
    expect(await recordAfter(earlier)).toMatchObject({ result: 'provider-failure' });
    expect(agentLines.some((line) => line.includes('OPENAI_API_KEY'))).toBe(true);
    await clearProviderFaults(stack);
    await expectNothingLeft(stack);
  });

  it('who sends no RTP is hung up on, and everything is released', async () => {
    const earlier = recordsOf(stack, 'reach').length;
    const call = await dial(stack, { sendRtp: false });
    await call.answered;
    expect(await call.ended).toMatchObject({ by: 'peer' });
    expect(await recordAfter(earlier)).toMatchObject({ result: 'media-timeout' });
    await expectNothingLeft(stack);
  });

  it('who gives up or vanishes at any moment of the set-up leaves nothing behind, and the next call works', async () => {
    const moments: [string, (call: PhoneCall) => Promise<unknown>][] = [
      ['at once', () => Promise.resolve()],
      ['while it rings', (call) => call.ringing],
      ['when it is answered', (call) => call.answered],
      ['when the agent begins to speak', (call) => call.waitForSpeechStart({ timeoutMs: 15_000 })],
    ];
    for (const [moment, reached] of moments) {
      const call = await dial(stack);
      await reached(call);
      await call.hangup();
      expect((await call.ended).by, moment).not.toBe('peer');
    }
    const gone = await dial(stack);
    await gone.answered;
    await gone.vanish();
    await expectNothingLeft(stack);
    expect((await talkByPhone(stack)).greeting).toContain('welcome to the bank');
  });

  it.each([
    ['dials a number nobody has', { to: '+12025550199' }, 404],
    [
      'offers no codec we speak',
      { editOffer: (sdp: string) => sdp.replace(/RTP\/AVP [\d ]+/, 'RTP/AVP 18') },
      488,
    ],
  ] as const)('who %s is refused with the right status', async (_what, options, status) => {
    const call = await dial(stack, options);
    expect(await call.ended).toMatchObject({ by: 'refused', status });
  });
});

describe('LiveKit away at start', () => {
  it('is waited for with a clear line in every log, and calls work once it comes', async () => {
    const lines: Record<string, string[]> = {};
    const { stack, close } = await startTestStack({
      beforeLiveKit: async (waiting) => {
        for (const service of ['bridge', 'agent', 'api'] as const) {
          await vi.waitFor(async () => {
            const response = await fetch(`${waiting.opsUrl(service)}/readyz`);
            expect(response.status).toBe(503);
            expect(await response.text()).toContain('livekit');
            expect(lines[service]?.some((line) => /livekit/i.test(line))).toBe(true);
          }, 15_000);
        }
      },
      onLine: (service, line) => (lines[service] ??= []).push(line),
    });
    cleanups.push(close);
    expect((await talkByPhone(stack)).greeting).toContain('welcome to the bank');
  });
});

describe('make demo REAL=1', () => {
  it('without keys says exactly which are missing', async () => {
    const home = await mkdtemp(join(tmpdir(), 'patchbay-demo-'));
    cleanups.push(() => rm(home, { recursive: true, force: true }));
    const demo = spawn(process.execPath, [join(import.meta.dirname, '../demo/main.ts')], {
      env: {
        PATH: process.env['PATH'],
        HOME: home,
        REAL: '1',
        DEEPGRAM_API_KEY: '',
        OPENAI_API_KEY: 'some',
        CARTESIA_API_KEY: '',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let printed = '';
    for (const stream of [demo.stdout, demo.stderr]) {
      stream.on('data', (data: Buffer) => (printed += data.toString()));
    }
    const [status] = (await once(demo, 'close')) as [number];
    expect(status).toBe(1);
    expect(printed).toContain('DEEPGRAM_API_KEY');
    expect(printed).toContain('CARTESIA_API_KEY');
    expect(printed).not.toContain('OPENAI_API_KEY');
  });
});
