import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PCMA, decodeG711 } from '@patchbay/common/g711';
import { parseRtp, type RtpPacket } from '@patchbay/common/rtp-packet';
import { rtpScene } from '../testing/rtp-scene.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const LOUD = 8_000;

/** A call whose packets to the phone are noted with the time they left. */
function line() {
  const scene = rtpScene();
  const sent: { atMs: number; loud: boolean; packet: RtpPacket }[] = [];
  const { pair } = scene;
  const send = pair.send.bind(pair);
  pair.send = (data, port, address) => {
    const packet = parseRtp(data) as RtpPacket;
    const loud = Math.abs(decodeG711(PCMA, packet.payload)[80] ?? 0) > LOUD / 2;
    sent.push({ atMs: performance.now(), loud, packet });
    send(data, port, address);
  };
  scene.session.open();
  scene.session.startSending();
  return { ...scene, sent };
}

/** The agent speaks: frames come every `frameMs`, `jitterMs(n)` late. @returns when the last came */
async function speak(
  { session }: ReturnType<typeof line>,
  options: { frames: number; frameMs?: number; lateMs?: (n: number) => number },
): Promise<number> {
  const { frames, frameMs = 20, lateMs = () => 0 } = options;
  const fromMs = performance.now();
  for (let n = 0; n < frames; n++) {
    const dueMs = fromMs + (n + 1) * frameMs + lateMs(n);
    await vi.advanceTimersByTimeAsync(Math.max(0, dueMs - performance.now()));
    session.play('agent', new Int16Array(frameMs * 8).fill(LOUD));
  }
  return performance.now();
}

describe('when the agent is interrupted', () => {
  // The phase between the room's frames and the call's tick is anything: all are tried.
  it.each(Array.from({ length: 20 }, (_, phase) => phase))(
    'nothing of it is sent 40 ms later (its frames come %i ms after a tick)',
    async (phase) => {
      const call = line();
      await vi.advanceTimersByTimeAsync(100 + phase);
      const stoppedMs = await speak(call, { frames: 500 });
      await vi.advanceTimersByTimeAsync(500);
      const last = call.sent.findLast(({ loud }) => loud);
      // Of which 20 ms are made up: the next frame might only be late.
      expect(last!.atMs - stoppedMs).toBeLessThanOrEqual(40);
      call.session.close();
    },
  );

  it('nothing of it comes back with the next words', async () => {
    const call = line();
    await speak(call, { frames: 30, frameMs: 10 });
    await vi.advanceTimersByTimeAsync(1_000);
    const before = call.sent.length;
    call.session.play('agent', new Int16Array(160));
    await vi.advanceTimersByTimeAsync(200);
    expect(call.sent.slice(before).some(({ loud }) => loud)).toBe(false);
    call.session.close();
  });

  it('on a rough path it goes on for no more than four packets and one made up', async () => {
    const call = line();
    // Every second frame is 70 ms late, with those behind it.
    const stoppedMs = await speak(call, { frames: 300, lateMs: (n) => (n % 20 < 4 ? 70 : 0) });
    await vi.advanceTimersByTimeAsync(500);
    const last = call.sent.findLast(({ loud }) => loud);
    expect(last!.atMs - stoppedMs).toBeLessThanOrEqual(100);
    call.session.close();
  });
});

describe("the room's frames on a clean path", () => {
  it.each([
    [20, 0],
    [20, 7],
    [20, 19],
    [10, 3],
  ])('of %i ms wait for less than one packet (%i ms after a tick)', async (frameMs, phase) => {
    const call = line();
    await vi.advanceTimersByTimeAsync(100 + phase);
    await speak(call, { frames: 1_000, frameMs });
    const { delayMs, underruns } = call.session.stats.out;
    // A frame of 10 ms waits for its second half too.
    expect(delayMs).toBeLessThan(frameMs === 20 ? 16 : 26);
    expect(underruns).toBe(0);
    call.session.close();
  });

  it('leave as one packet each 20 ms, but for one step when the tick is moved', async () => {
    const call = line();
    await vi.advanceTimersByTimeAsync(119);
    await speak(call, { frames: 500 });
    const gaps = call.sent.slice(1).map(({ atMs }, i) => atMs - call.sent[i]!.atMs);
    expect(gaps.filter((gap) => gap !== 20).length).toBeLessThanOrEqual(2);
    const steps = call.sent
      .slice(1)
      .map(({ packet }, i) => (packet.timestamp - call.sent[i]!.packet.timestamp) >>> 0);
    expect(new Set(steps)).toEqual(new Set([160]));
    call.session.close();
  });
});

describe('while the agent is silent', () => {
  it("the phone's packets come steadily, though the room sends a frame of silence now and then", async () => {
    const call = line();
    await speak(call, { frames: 100 });
    const silentFrom = call.sent.length;
    // Opus without speech: a frame each 400 ms (RFC 6716 §2.1.9), at any moment of the 20 ms.
    for (let n = 0; n < 40; n++) {
      await vi.advanceTimersByTimeAsync(395 + ((n * 7) % 11));
      call.session.play('agent', new Int16Array(160).fill(1));
    }
    const gaps = call.sent
      .slice(silentFrom)
      .map(({ atMs }, i) => Math.round(atMs - call.sent[silentFrom + i - 1]!.atMs));
    expect(gaps.length).toBeGreaterThan(700);
    expect(gaps.filter((gap) => gap !== 20)).toEqual([]);
    call.session.close();
  });
});

describe('keys for the phone', () => {
  it('are sent as telephone events among the audio, with one time line', async () => {
    const call = line();
    await vi.advanceTimersByTimeAsync(100);
    expect(call.session.sendDtmf('5')).toBe(true);
    await vi.advanceTimersByTimeAsync(400);
    const events = call.sent.filter(({ packet }) => packet.payloadType === 96);
    expect(events).toHaveLength(8);
    expect(events[0]!.packet.marker).toBe(true);
    expect(new Set(events.map(({ packet }) => packet.timestamp)).size).toBe(1);
    const numbers = call.sent.map(({ packet }) => packet.sequence);
    expect(numbers.every((n, i) => i === 0 || ((n - numbers[i - 1]!) & 0xffff) === 1)).toBe(true);
    const after = call.sent[call.sent.indexOf(events.at(-1)!) + 1]!.packet;
    expect([after.payloadType, after.marker]).toEqual([8, true]);
    expect((after.timestamp - events[0]!.packet.timestamp) >>> 0).toBe(8 * 160);
    call.session.close();
  });

  it('are refused if the phone takes none', () => {
    const { session } = rtpScene({ agreement: { telephoneEvent: undefined } });
    expect(session.sendDtmf('5')).toBe(false);
    session.close();
  });
});
