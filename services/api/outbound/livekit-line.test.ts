import { silentLogger } from '@patchbay/common/logger';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { LiveKitLine, type LiveKitLineOptions } from './livekit-line.ts';
import type { Order } from './line.ts';
import type { DialEnd, RoomView } from './livekit-phones.ts';

const ORDER: Order = {
  callId: 'c'.repeat(32),
  agent: 'bank',
  to: '+12025550187',
  ringLimitMs: 30_000,
};
const ROOM = `trunk-bank-${ORDER.callId}`;

/** LiveKit with one room, whose agent comes when it is told to. */
class FakePhones {
  view: RoomView | undefined;
  readonly steps: string[] = [];
  readonly dialled = Promise.withResolvers<DialEnd>();

  trunkId = () => Promise.resolve('ST_1');
  open = (room: string) => {
    this.steps.push(`open ${room}`);
    this.view = { agent: false, phone: undefined };
    return Promise.resolve();
  };
  dial = () => {
    this.steps.push('dial');
    if (this.view) this.view.phone = 'dialing';
    return this.dialled.promise;
  };
  look = () => Promise.resolve(this.view);
  rooms = () => Promise.resolve(this.view ? [ROOM] : []);
  delete = () => {
    this.steps.push('delete');
    this.view = undefined;
    return Promise.resolve();
  };
}

let line: LiveKitLine | undefined;
afterEach(() => line?.close());

function setUp() {
  const phones = new FakePhones();
  const options: LiveKitLineOptions = { phones, log: silentLogger() };
  line = new LiveKitLine(options);
  return { phones, line, stateIs: (state: object) => stateIs(line!, state) };
}

const stateIs = (of: LiveKitLine, state: object) =>
  vi.waitFor(async () => expect(await of.find(ORDER.callId)).toMatchObject(state));

describe('a call out through LiveKit SIP', () => {
  it('rings only once the agent is there, and is then what LiveKit says', async () => {
    const { phones, line, stateIs } = setUp();
    expect(await line.place(ORDER)).toEqual({
      callId: ORDER.callId,
      room: ROOM,
      state: 'preparing',
    });
    await stateIs({ state: 'preparing' });
    expect(phones.steps).toEqual([`open ${ROOM}`]);
    phones.view!.agent = true;
    await stateIs({ state: 'dialing' });
    phones.view!.phone = 'ringing';
    await stateIs({ state: 'ringing' });
    phones.view!.phone = 'active';
    phones.dialled.resolve({ kind: 'answered' });
    await stateIs({ state: 'active' });
    phones.view = undefined;
    await stateIs({ state: 'ended' });
  });

  it('that is not answered says why, and leaves no room with an agent', async () => {
    const { phones, line, stateIs } = setUp();
    await line.place(ORDER);
    phones.view!.agent = true;
    phones.dialled.resolve({ kind: 'refused', status: 486, reason: 'Busy Here' });
    await stateIs({ state: 'ended', result: 'callee-busy', sipStatus: 486 });
    await vi.waitFor(() => expect(phones.steps.at(-1)).toBe('delete'));
  });

  it('can be called off before the phone rings: then it never does', async () => {
    const { phones, line, stateIs } = setUp();
    await line.place(ORDER);
    expect(await line.cancel(ORDER.callId)).toBe(true);
    await stateIs({ state: 'ended', result: 'caller-cancel' });
    expect(phones.steps).not.toContain('dial');
    expect(await line.cancel(ORDER.callId)).toBe(false);
  });

  it('is found by another replica while it lasts', async () => {
    const { phones, line } = setUp();
    await line.place(ORDER);
    const other = new LiveKitLine({ phones, log: silentLogger() });
    expect(await other.find(ORDER.callId)).toMatchObject({ state: 'preparing', room: ROOM });
    phones.view = undefined;
    expect(await other.find(ORDER.callId)).toBeUndefined();
    await other.close();
  });
});
