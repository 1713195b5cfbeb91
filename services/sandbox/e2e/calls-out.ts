import { join } from 'node:path';
import { expect, vi } from 'vitest';
import { writeWav } from '../audio/wav.ts';
import { Baresip } from '../sip/baresip.ts';
import { freePorts } from '../stack/free-ports.ts';
import { LOCAL_NUMBERS, type Stack, type StackOptions } from '../stack/stack.ts';

/** What tests of calls out share: phones that pick up, the trunks to them, and orders at the API. */

const RATE_HZ = 8_000;
const CONTROL_KEY = 'a-key-only-for-this-one-test';
const STATE_LIMIT_MS = 20_000;

/** A way out: its name, and the port of the phone at its end. */
export interface WayOut {
  name: string;
  port: number;
  /** Of the trunk, shown to who is called. */
  number: string;
}

/** What the API says of a call out. */
export interface CallBody {
  call_id: string;
  room_name: string;
  state: string;
  result?: string;
}

/** A phone that answers by itself and plays this once, a second after it has picked up. */
export async function startPhone(
  folder: string,
  name: string,
  sound: Int16Array,
): Promise<Baresip> {
  const path = join(folder, `${name}.wav`);
  // Much silence after it: the file is played again from its begin.
  const samples = new Int16Array(RATE_HZ * 90);
  samples.set(sound, RATE_HZ);
  await writeWav(path, { sampleRateHz: RATE_HZ, channels: [samples] });
  return Baresip.start({ autoAnswer: true, playFile: path, user: LOCAL_NUMBERS.caller });
}

/** Variables of a stack with these ways out by the bridge, and numbers that callers may dial. */
export async function outboundEnv(
  ways: readonly WayOut[],
  inbound: Readonly<Record<string, string>>,
): Promise<NonNullable<StackOptions['env']>> {
  const [controlPort = 0] = await freePorts(1);
  return {
    bridge: {
      BRIDGE_RTP_REST_MS: '1000',
      BRIDGE_CONTROL_KEY: CONTROL_KEY,
      BRIDGE_CONTROL_PORT: String(controlPort),
      BRIDGE_TRUNKS: JSON.stringify([
        { name: 'local', numbers: inbound },
        ...ways.map(({ name, port, number }) => ({
          name,
          direction: 'both',
          numbers: { [number]: 'bank' },
          outbound: { host: '127.0.0.1', port, transport: 'udp' },
        })),
      ]),
    },
    api: {
      API_BRIDGE_CONTROL_KEY: CONTROL_KEY,
      API_OUTBOUND: JSON.stringify(
        ways.map(({ name }) => ({
          name,
          kind: 'bridge',
          url: `http://127.0.0.1:${controlPort}`,
          trunk: name,
        })),
      ),
    },
  };
}

/** Ask the API; its answer has to be a yes. */
export async function askApi(
  stack: Stack,
  method: string,
  path: string,
  body?: object,
): Promise<CallBody> {
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

/** Have the bank's agent call the customer. */
export const order = (stack: Stack, via: string) =>
  askApi(stack, 'POST', '/api/calls', { to: LOCAL_NUMBERS.caller, agent: 'bank', via });

/** Wait until a call out is so. */
export const becomes = (stack: Stack, id: string, wanted: object) =>
  vi.waitFor(
    async () => expect(await askApi(stack, 'GET', `/api/calls/${id}`)).toMatchObject(wanted),
    { timeout: STATE_LIMIT_MS, interval: 200 },
  );
