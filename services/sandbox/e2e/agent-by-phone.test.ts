import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PCMU } from '@patchbay/common/g711';
import { parseRoomName } from '@patchbay/common/room-contract';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { tone } from '../audio/tone.ts';
import { decodeWav } from '../audio/wav.ts';
import { BALANCE_QUESTION, hearGreeting } from '../demo/conversation.ts';
import type { Baresip } from '../sip/baresip.ts';
import { understand } from '../speech/ear.ts';
import { speak } from '../speech/espeak.ts';
import { heardAmountMinor } from '../speech/heard-amount.ts';
import { Observer, waitForRoom } from '../stack/observer.ts';
import { LOCAL_NUMBERS, type Stack } from '../stack/stack.ts';
import type { PhoneCall } from '../telephone/phone-call.ts';
import { Telephone } from '../telephone/telephone.ts';
import { becomes, order, outboundEnv, startPhone } from './calls-out.ts';
import { askUntil, BALANCE_MINOR, recordsOf, tellsBalance } from './calls.ts';
import { expectNothingLeft, startTestStack, testLog } from './stack.ts';

const RATE_HZ = 8_000;
const BANK = '+12025550105';
const CONCIERGE = '+12025550106';
/** Who calls, as the bank is asked for them. */
const CUSTOMER = encodeURIComponent(LOCAL_NUMBERS.caller);
/** Between a mailbox's last word and its tone. */
const BEFORE_TONE_MS = 600;
const TONE_MS = 400;

let folder: string;
let stack: Stack;
let close = async () => {};
let mailbox: Baresip;
/** From picking up to the end of the tone. */
let toneEndMs = 0;
let phone: Telephone;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'patchbay-mailbox-'));
  const words = await speak('i am not at home please leave a message after the tone', {
    sampleRateHz: RATE_HZ,
  });
  const pause = new Int16Array((BEFORE_TONE_MS * RATE_HZ) / 1_000);
  const beep = tone({ frequencyHz: 1_000, durationMs: TONE_MS, sampleRateHz: RATE_HZ });
  const greeting = Int16Array.of(...words, ...pause, ...beep);
  toneEndMs = 1_000 + (greeting.length / RATE_HZ) * 1_000;
  mailbox = await startPhone(folder, 'mailbox', greeting);
  ({ stack, close } = await startTestStack({
    env: await outboundEnv([{ name: 'mailbox', port: mailbox.port, number: LOCAL_NUMBERS.bank }], {
      [BANK]: 'bank',
      [CONCIERGE]: 'concierge',
    }),
  }));
  phone = await Telephone.open({ transport: 'udp', log: testLog });
});
afterAll(async () => {
  await phone?.close();
  await close();
  await mailbox?.close();
  await rm(folder, { recursive: true, force: true });
});
afterEach(() => expectNothingLeft(stack));

/** Dial, and watch from inside the room as well. */
async function dial(number: string): Promise<{ call: PhoneCall; observer: Observer }> {
  const isOurs = (name: string) => parseRoomName(name)?.door === 'reach';
  const coming = waitForRoom(stack.livekit, isOurs, 10_000);
  const call = phone.call({
    to: number,
    from: LOCAL_NUMBERS.caller,
    server: stack.sip,
    payloadTypes: [PCMU],
  });
  const [room] = await Promise.all([coming, call.answered]);
  const observer = await Observer.join(stack.livekit, room);
  await hearGreeting(call);
  return { call, observer };
}

/** Ask until the answer has these words. */
async function hear(call: PhoneCall, sentence: string, words: string): Promise<void> {
  const { answer } = await askUntil(call, sentence, (heard) => heard.includes(words));
  expect(answer).toContain(words);
}

describe('an agent on the phone', () => {
  it('that calls somebody and meets a mailbox leaves its message behind the tone, and hangs up', async () => {
    const { call_id: id } = await order(stack, 'mailbox');
    await becomes(stack, id, { state: 'ended', result: 'answering-machine' });
    const wav = decodeWav((await mailbox.heard()) ?? Buffer.alloc(0));
    const [heard = new Int16Array()] = wav.channels;
    expect(wav.sampleRateHz).toBe(RATE_HZ);
    // A mailbox keeps what comes behind its tone.
    const kept = heard.subarray((toneEndMs * RATE_HZ) / 1_000);
    expect(await understand(kept)).toBe('good day this is your bank please call us back goodbye');
  });

  it('takes secret digits by keys, which nobody reads, and blocks the card after a yes', async () => {
    await restoreCard();
    const { call, observer } = await dial(BANK);
    await hear(call, 'please verify me', 'last four digits of your card');
    const pressedAtMs = Date.now();
    await call.sendDtmf('4242');
    const answer = await call.nextUtterance({ afterMs: pressedAtMs });
    expect(await understand(answer.samples)).toBe('thank you you are verified');
    await hear(call, 'please block my card', 'do you want me to block');
    expect(await cardStatus()).toBe('active');
    await hear(call, 'yes', 'is blocked');
    expect(await cardStatus()).toBe('blocked');
    await call.hangup();
    await observer.close();
    const said = observer.lines.filter(({ who }) => who === 'caller').map(({ text }) => text);
    expect(said.join(' ')).not.toMatch(/4\s*2\s*4\s*2/);
  });

  it('gives the caller to the bank in mid-call, which answers what was asked', async () => {
    const { call, observer } = await dial(CONCIERGE);
    const { answer } = await askUntil(call, BALANCE_QUESTION, tellsBalance);
    expect(heardAmountMinor(answer)).toBe(BALANCE_MINOR);
    await call.hangup();
    await observer.close();
    const record = await vi.waitFor(() => {
      const found = recordsOf(stack, 'reach').find(({ agent }) => agent === 'concierge');
      expect(found).toBeDefined();
      return found!;
    }, 5_000);
    expect(record.turns?.at(-1)).toMatchObject({ agent: 'bank' });
    expect(record.turns?.flatMap(({ tools }) => tools)).toEqual(
      expect.arrayContaining(['connect_to', 'get_balance']),
    );
  });
});

async function cardStatus(): Promise<string> {
  const response = await fetch(`${stack.bankUrl}/v1/accounts?phone=${CUSTOMER}`);
  return ((await response.json()) as { card: { status: string } }).card.status;
}

/** A try that failed may have blocked it. */
async function restoreCard(): Promise<void> {
  const path = `/admin/restore?phone=${CUSTOMER}`;
  const response = await fetch(`${stack.bankUrl}${path}`, { method: 'POST' });
  expect(response.status).toBe(200);
}
