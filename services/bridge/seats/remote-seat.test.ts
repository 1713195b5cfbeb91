import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { parseRtp, type RtpPacket } from '@patchbay/common/rtp-packet';
import { MediaClock } from '../rtp/clock.ts';
import { FakePair } from '../testing/fake-pair.ts';
import { FakeRoom } from '../testing/fake-room.ts';
import { AGREEMENT, OUR_KEY, PHONE, rtpFromPhone } from '../testing/rtp-scene.ts';
import type { FromWorker, SeatAnswer, SeatAsk, SeatOrder } from './messages.ts';
import { RemoteSeat, SeatLostError, type SeatLine } from './remote-seat.ts';
import { SeatHost } from './seat-host.ts';
import { RtpTally } from './tally.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const SEAT = 1;

/** A worker without a process: messages are copied, as they are between processes. */
class FakeWorker implements SeatLine {
  readonly room = new FakeRoom();
  readonly pairs: FakePair[] = [];
  readonly host: SeatHost;
  seat: RemoteSeat | undefined;
  dead = false;
  readonly #asks = new Map<number, PromiseWithResolvers<SeatAnswer>>();
  #asked = 0;

  constructor() {
    this.room.joining.resolve();
    this.room.publishing.resolve();
    this.host = new SeatHost({
      around: {
        engine: this.room,
        clock: new MediaClock(),
        counters: new RtpTally(),
        latch: 'first-packet',
      },
      bind: (port) => {
        const pair = new FakePair(port);
        this.pairs.push(pair);
        return Promise.resolve(pair);
      },
      send: (message) => this.#take(structuredClone(message)),
    });
  }

  ask(seat: number, ask: SeatAsk): Promise<SeatAnswer> {
    if (this.dead) return Promise.reject(new SeatLostError());
    const asked = Promise.withResolvers<SeatAnswer>();
    const id = (this.#asked += 1);
    this.#asks.set(id, asked);
    this.host.receive(structuredClone({ kind: 'ask', id, seat, ask }));
    return asked.promise;
  }

  tell(seat: number, order: SeatOrder): void {
    if (!this.dead) this.host.receive({ kind: 'tell', seat, order });
  }

  /** What the worker says every half second. */
  report(): void {
    for (const place of this.host.places) this.seat?.noted(structuredClone(place));
  }

  /** Packets to the phone. */
  get sent(): RtpPacket[] {
    return this.pairs.flatMap(({ sent }) => sent.map(({ data }) => parseRtp(data) as RtpPacket));
  }

  #take(message: FromWorker): void {
    if (this.dead) return;
    if (message.kind === 'answer') this.#asks.get(message.id)?.resolve(message.answer);
    if (message.kind === 'fault') {
      const { name, message: words } = message.fault;
      this.#asks.get(message.id)?.reject(Object.assign(new Error(words), { name }));
    }
    if (message.kind === 'news') this.seat?.hear(message.news);
    if (message.kind === 'rpc') {
      const { id, method, payload } = message;
      void this.seat
        ?.rpc(method, payload)
        .then((answer) => this.host.receive({ kind: 'rpc-answer', id, answer }));
    }
  }
}

/** A call that talks, in a worker. */
async function talk() {
  const worker = new FakeWorker();
  const seat = await RemoteSeat.bind(SEAT, 20_000, worker);
  worker.seat = seat;
  const heard: string[] = [];
  const room = {
    heard: () => void heard.push('heard'),
    alone: () => void heard.push('alone'),
    data: (topic: string) => void heard.push(topic),
    dtmf: (digit: string) => void heard.push(digit),
    gone: (reason: string) => void heard.push(reason),
    rpc: (method: string, payload: string) => Promise.resolve(`${method} ${payload}`),
  };
  seat.begin(
    { agreement: AGREEMENT, srtpKey: OUR_KEY, startTimeoutMs: 30_000, timeoutMs: 15_000 },
    {
      key: (key) => void heard.push(`key ${key}`),
      timeout: () => void heard.push('timeout'),
      lost: (reason) => void heard.push(`lost: ${reason}`),
    },
  );
  const options = { url: 'ws://127.0.0.1:1', token: 'jwt', trackName: 'caller' };
  const link = await seat.join(options, room, new AbortController().signal);
  await link.publishTrack();
  link.setAttributes({ a: '1' });
  seat.open();
  seat.startSending();
  const say = (to: FakeWorker, sequence: number, from = PHONE) =>
    to.pairs.at(-1)?.listener?.(rtpFromPhone({ sequence, timestamp: sequence * 160 }), from);
  return { worker, seat, heard, link, say };
}

it('carries both directions, keys, data and questions through the messages', async () => {
  const { worker, seat, heard, link, say } = await talk();
  say(worker, 1);
  worker.room.events.audio('agent', new Int16Array(160).fill(8_000));
  await vi.advanceTimersByTimeAsync(100);
  expect(worker.room.heardAudio).not.toEqual([]);
  expect(worker.sent.length).toBeGreaterThan(3);
  worker.room.events.heard();
  worker.room.events.data('topic', new Uint8Array(2));
  worker.room.events.dtmf('7');
  link.sendDtmf('5');
  expect(heard).toEqual(['heard', 'topic', '7']);
  expect(worker.room.dtmf).toEqual(['5']);
  expect(worker.room.attributes).toEqual([{ a: '1' }]);
  expect(await worker.room.events.rpc('lk.sip.EndCall', '{}')).toBe('lk.sip.EndCall {}');
  await link.leave();
  const stats = await seat.end();
  expect(stats?.in.packets).toBe(1);
  expect(worker.room.left).toBe(1);
  seat.close();
  expect(worker.pairs[0]?.closed).toBe(true);
});

it('in another worker the stream goes on, the phone stays the one source, the room is joined again', async () => {
  const { worker, seat, heard, say } = await talk();
  say(worker, 1);
  await vi.advanceTimersByTimeAsync(200);
  worker.report();
  await vi.advanceTimersByTimeAsync(100);
  const before = worker.sent.at(-1);
  worker.dead = true;
  await vi.advanceTimersByTimeAsync(300);
  const next = new FakeWorker();
  next.seat = seat;
  await seat.moveTo(next);
  expect(next.pairs[0]?.port).toBe(20_000);
  expect(next.room.joined).toBe(1);
  expect(next.room.attributes).toEqual([{ a: '1' }]);
  await vi.advanceTimersByTimeAsync(100);
  const after = next.sent[0];
  expect(after?.ssrc).toBe(before?.ssrc);
  const ahead = ((after?.sequence ?? 0) - (before?.sequence ?? 0)) & 0xffff;
  expect(ahead).toBeGreaterThan(15);
  expect(ahead).toBeLessThan(120);
  const passed = (((after?.timestamp ?? 0) - (before?.timestamp ?? 0)) >>> 0) / 8;
  expect(passed).toBeGreaterThanOrEqual(300);
  expect(passed).toBeLessThan(400);
  say(next, 50, { ...PHONE, address: '203.0.113.66' });
  await vi.advanceTimersByTimeAsync(40);
  const loud = () => next.room.heardAudio.some((frame) => frame.some((sample) => sample > 4_000));
  expect(loud()).toBe(false);
  say(next, 51);
  await vi.advanceTimersByTimeAsync(40);
  expect(loud()).toBe(true);
  expect(heard).toEqual([]);
  const stats = await seat.end();
  expect(stats?.in.strangers).toBe(1);
});

it('a worker that dies before its first report leaves no doubt about whose place in the room it was', async () => {
  const { worker, seat } = await talk();
  expect(worker.room.options.returning).toBeUndefined();
  worker.dead = true;
  const next = new FakeWorker();
  next.seat = seat;
  await seat.moveTo(next);
  expect(next.room.options.returning).toEqual({ participantSid: 'PA_fake' });
});

it('a call that ends while its worker is dead takes nothing in the next one', async () => {
  const { worker, seat, link } = await talk();
  worker.dead = true;
  await Promise.all([link.leave(), seat.end()]);
  const next = new FakeWorker();
  await seat.moveTo(next);
  expect(next.room.joined).toBe(0);
  seat.close();
  await vi.advanceTimersByTimeAsync(0);
  expect(next.pairs[0]?.closed).toBe(true);
});

it('a worker where the room can not be joined gives the port free again', async () => {
  const { worker, seat } = await talk();
  worker.dead = true;
  const next = new FakeWorker();
  next.room.join = () => Promise.reject(new Error('no'));
  await expect(seat.moveTo(next)).rejects.toThrow('no');
  expect(next.pairs[0]?.closed).toBe(true);
  const third = new FakeWorker();
  third.seat = seat;
  await seat.moveTo(third);
  expect(third.room.joined).toBe(1);
});

it('a room that is over by then ends the call, and audio that is lost is told once', async () => {
  const { worker, seat, heard } = await talk();
  worker.dead = true;
  const next = new FakeWorker();
  next.room.join = () =>
    Promise.reject(Object.assign(new Error('over'), { name: 'RoomEndedError' }));
  await seat.moveTo(next);
  expect(heard).toEqual(['removed']);
  seat.lose('it died');
  await seat.end();
  seat.lose('it died');
  expect(heard).toEqual(['removed', 'lost: it died']);
});
