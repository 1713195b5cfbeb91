import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PCMA } from '@patchbay/common/g711';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { BALANCE_QUESTION, hearGreeting } from '../demo/conversation.ts';
import { heardAmountMinor } from '../speech/heard-amount.ts';
import { clearProviderFaults, setProviderFault } from '../stack/provider-faults.ts';
import { LOCAL_NUMBERS, type Stack } from '../stack/stack.ts';
import type { CallOptions, PhoneCall } from '../telephone/phone-call.ts';
import { Telephone } from '../telephone/telephone.ts';
import { askUntil, BALANCE_MINOR, recordsOf, tellsBalance } from './calls.ts';
import { expectNothingLeft, startTestStack, testLog } from './stack.ts';

const WAITING_FOR_LIVEKIT = ['bridge', 'agent', 'api'] as const;

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
  const lines: Record<string, string[]> = {};
  const notReady: Record<string, { status: number; says: string }> = {};
  beforeAll(async () => {
    ({ stack, close } = await startTestStack({
      env: {
        bridge: {
          BRIDGE_MEDIA_START_TIMEOUT_MS: '2000',
          BRIDGE_MEDIA_TIMEOUT_MS: '2000',
          BRIDGE_RTP_REST_MS: '1000',
        },
      },
      // LiveKit is away at the start: that is waited for, and said in every log.
      beforeLiveKit: async (waiting) => {
        for (const service of WAITING_FOR_LIVEKIT) {
          await vi.waitFor(async () => {
            const response = await fetch(`${waiting.opsUrl(service)}/readyz`);
            notReady[service] = { status: response.status, says: await response.text() };
            expect(lines[service]?.some((line) => /livekit/i.test(line))).toBe(true);
          }, 15_000);
        }
      },
      onLine: (service, line) => (lines[service] ??= []).push(line),
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

  it('who comes while LiveKit is away finds no part ready, and every part says what it waits for', () => {
    for (const service of WAITING_FOR_LIVEKIT) {
      expect(notReady[service]).toMatchObject({
        status: 503,
        says: expect.stringContaining('livekit') as string,
      });
    }
  });

  it('whose agent’s providers of a stage refuse their keys hears an apology, the call ends, and the log names the variable', async () => {
    // With both gone there is nobody left to take over.
    await setProviderFault(stack, { provider: 'openai', status: 401 });
    await setProviderFault(stack, { provider: 'groq', status: 401 });
    const earlier = recordsOf(stack, 'reach').length;
    const call = await dial(stack);
    await call.answered;
    await hearGreeting(call);
    expect((await askUntil(call, BALANCE_QUESTION, (heard) => heard !== '')).answer).toContain(
      'sorry',
    );
    await call.ended;
    expect(await recordAfter(earlier)).toMatchObject({ result: 'provider-failure' });
    expect(lines['agent']?.some((line) => line.includes('OPENAI_API_KEY'))).toBe(true);
    await clearProviderFaults(stack);
    await expectNothingLeft(stack);
  });

  it('whose agent’s process dies in mid-call is soon spoken to by another, who knows what was said', async () => {
    const call = await dial(stack);
    await call.answered;
    await hearGreeting(call);
    const started = lines['agent']?.findLast((line) => line.includes('"call started"')) ?? '';
    process.kill((JSON.parse(started) as { pid: number }).pid, 'SIGKILL');
    await call.waitForSpeechStart({ timeoutMs: 15_000 });
    const { answer } = await askUntil(call, BALANCE_QUESTION, tellsBalance);
    expect(heardAmountMinor(answer)).toBe(BALANCE_MINOR);
    expect(lines['agent']?.some((line) => line.includes('of an agent that was lost'))).toBe(true);
    await call.hangup();
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
    const next = await dial(stack);
    await next.answered;
    expect(await hearGreeting(next)).toContain('welcome to the bank');
    await next.hangup();
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
