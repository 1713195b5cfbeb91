import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PCMA } from '@patchbay/common/g711';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { writeWav } from '../audio/wav.ts';
import { ask, hearGreeting } from '../demo/conversation.ts';
import { Baresip } from '../sip/baresip.ts';
import { speak } from '../speech/espeak.ts';
import { freePorts } from '../stack/free-ports.ts';
import { findLiveKitSip, NO_LIVEKIT_SIP } from '../stack/livekit-sip.ts';
import { Observer } from '../stack/observer.ts';
import { LOCAL_NUMBERS, type Stack } from '../stack/stack.ts';
import { Telephone } from '../telephone/telephone.ts';
import { recordsOf } from './calls.ts';
import { expectNothingLeft, startTestStack, testLog } from './stack.ts';

const livekitSip = await findLiveKitSip();
const RATE_HZ = 8_000;
const HUMAN = 'i want to talk to a human';
const CONTROL_KEY = 'a-key-only-for-this-one-test';
/** Nobody listens there (discard, RFC 863). */
const NOBODY = 9;

/** What the API says of a call out. */
interface CallBody {
  call_id: string;
  room_name: string;
  state: string;
  result?: string;
}

const doors = [
  { door: 'reach', runs: true },
  { door: 'trunk', runs: livekitSip !== undefined },
] as const;

let stack: Stack;
let close = async () => {};
let folder: string;
/** A phone that picks up. */
let person: Baresip;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'patchbay-phones-'));
  person = await startPhone('hello');
  const [controlPort = 0] = await freePorts(1);
  ({ stack, close } = await startTestStack({
    livekitSip,
    env: {
      bridge: {
        BRIDGE_RTP_REST_MS: '1000',
        BRIDGE_CONTROL_KEY: CONTROL_KEY,
        BRIDGE_CONTROL_PORT: String(controlPort),
        BRIDGE_TRUNKS: JSON.stringify([
          { name: 'local', numbers: { [LOCAL_NUMBERS.support]: 'support' } },
          outTrunk('exotel', person.port, LOCAL_NUMBERS.bank),
          outTrunk('dead', NOBODY, '+12025550104'),
        ]),
      },
      api: {
        API_BRIDGE_CONTROL_KEY: CONTROL_KEY,
        API_OUTBOUND: JSON.stringify(
          ['exotel', 'dead'].map((name) => ({
            name,
            kind: 'bridge',
            url: `http://127.0.0.1:${controlPort}`,
            trunk: name,
          })),
        ),
      },
    },
  }));
});
afterAll(async () => {
  await close();
  await person?.close();
  await rm(folder, { recursive: true, force: true });
});

const outTrunk = (name: string, port: number, number: string) => ({
  name,
  direction: 'both',
  numbers: { [number]: 'bank' },
  outbound: { host: '127.0.0.1', port, transport: 'udp' },
});

/** A phone that answers by itself and says this, once. */
async function startPhone(words: string): Promise<Baresip> {
  // Without spaces: baresip reads its settings up to the first one.
  const path = join(folder, `${words.replaceAll(' ', '-').slice(0, 20)}.wav`);
  const speech = await speak(words, { sampleRateHz: RATE_HZ });
  // A second of silence before it, and much after it.
  const samples = new Int16Array(RATE_HZ * 90);
  samples.set(speech, RATE_HZ);
  await writeWav(path, { sampleRateHz: RATE_HZ, channels: [samples] });
  return Baresip.start({ autoAnswer: true, playFile: path, user: LOCAL_NUMBERS.caller });
}

async function api(method: string, path: string, body?: object): Promise<CallBody> {
  const response = await fetch(`${stack.apiUrl}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${stack.accessKey}`,
      'content-type': 'application/json',
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const answer = (await response.json()) as CallBody;
  expect(response.ok, JSON.stringify(answer)).toBe(true);
  return answer;
}

const order = (via: string) =>
  api('POST', '/api/calls', { to: LOCAL_NUMBERS.caller, agent: 'bank', via });

const stateOf = (id: string) => api('GET', `/api/calls/${id}`);

const becomes = (id: string, wanted: object) =>
  vi.waitFor(async () => expect(await stateOf(id)).toMatchObject(wanted), {
    timeout: 15_000,
    interval: 200,
  });

describe.each(doors)('by the $door door', ({ door, runs }) => {
  const when = runs ? it : it.skip;
  const why = runs ? '' : ` (skipped: ${NO_LIVEKIT_SIP})`;

  when(`a caller who wants a human is given to one${why}`, async () => {
    const phone = await Telephone.open({ transport: 'udp', host: '127.0.0.1', log: testLog });
    try {
      const call = phone.call({
        to: LOCAL_NUMBERS.support,
        from: LOCAL_NUMBERS.caller,
        server: door === 'trunk' ? stack.trunkDoor!.sip : stack.sip,
        payloadTypes: [PCMA],
        transferStatus: 200,
      });
      await call.answered;
      await hearGreeting(call);
      expect((await ask(call, HUMAN)).heard).toContain('connecting you');
      await call.ended;
      expect(call.transferTarget).toBe('tel:+12025550150');
    } finally {
      await phone.close();
    }
    await vi.waitFor(
      () => expect(recordsOf(stack, door).at(-1)).toMatchObject({ result: 'transferred' }),
      10_000,
    );
    await expectNothingLeft(stack);
  });
});

describe('a call out', () => {
  it('is placed by order of the API, and who picks up is greeted as called', async () => {
    const { call_id: id, room_name: room } = await order('exotel');
    const observer = await Observer.join(stack.livekit, room);
    await becomes(id, { state: 'active' });
    await vi.waitFor(
      () => {
        const said = observer.lines.filter(({ who }) => who === 'agent').map(({ text }) => text);
        expect(said.join(' ')).toContain('this is your bank. How can I help you?');
      },
      { timeout: 15_000, interval: 100 },
    );
    await api('DELETE', `/api/calls/${id}`);
    await becomes(id, { state: 'ended' });
    await observer.close();
    await expectNothingLeft(stack);
  });

  it('that is called off at once leaves no agent and no room behind', async () => {
    const { call_id: id } = await order('dead');
    await api('DELETE', `/api/calls/${id}`);
    await becomes(id, { state: 'ended', result: 'caller-cancel' });
    await expectNothingLeft(stack);
  });
});
