import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { silentLogger } from '@patchbay/common/logger';
import { createDirectEngine } from '../../bridge/room/direct/engine.ts';
import type { RoomLink } from '../../bridge/room/link.ts';
import {
  benchSound,
  BurstFinder,
  FRAME_SAMPLES,
  FrameClock,
  LOOK_EVERY_MS,
  sharedNowMs,
  type SideReport,
} from './bridge-load.ts';
import { heeding, placeIn, type RoomKeys } from './bridge-rooms.ts';

/**
 * Stands in for the agents of the bridge's benchmark, in a process of its own: joins every room as
 * soon as LiveKit tells of it by webhook. The bridge's own `direct` engine is the cheapest
 * participant there is.
 */

class Participant {
  readonly #room: string;
  readonly #bursts = new BurstFinder();
  #clock: FrameClock | undefined;
  #samplesHeard = 0;
  #link: RoomLink | undefined;

  constructor(room: string) {
    this.#room = room;
  }

  async join(keys: RoomKeys, phase: number): Promise<void> {
    const events = heeding({
      audio: (_source, samples) => {
        this.#samplesHeard += samples.length;
        this.#bursts.hear(samples, sharedNowMs());
      },
    });
    const options = await placeIn(keys, this.#room, 'agent');
    this.#link = await engine.join(options, events, new AbortController().signal);
    await this.#link.publishTrack();
    this.#clock = new FrameClock(phase);
  }

  tick(sound: Int16Array): void {
    this.#clock?.run((frame) => {
      this.#link?.publish(sound.subarray(frame * FRAME_SAMPLES, (frame + 1) * FRAME_SAMPLES));
    });
  }

  report(): SideReport {
    return {
      burstsSent: this.#clock?.burstTimes ?? [],
      burstsHeard: this.#bursts.times,
      framesSent: this.#clock?.sent ?? 0,
      framesHeard: this.#samplesHeard / FRAME_SAMPLES,
    };
  }
}

const engine = createDirectEngine(silentLogger());
const participants: Participant[] = [];
const sound = benchSound();
let keys: RoomKeys | undefined;

const server = createServer((request, response) => {
  let body = '';
  request.on('data', (data: Buffer) => (body += data.toString()));
  request.on('end', () => {
    response.end();
    const { event, room } = JSON.parse(body) as { event?: string; room?: { name?: string } };
    if (event !== 'room_started' || room?.name === undefined || !keys) return;
    const participant = new Participant(room.name);
    participants.push(participant);
    participant.join(keys, (participants.length * 0.381) % 1).catch((error: unknown) => {
      process.stderr.write(`the room side could not join: ${String(error)}\n`);
    });
  });
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
setInterval(() => {
  for (const participant of participants) participant.tick(sound);
}, LOOK_EVERY_MS);

process.on('message', (message: RoomKeys | 'report') => {
  if (message === 'report') process.send?.(participants.map((one) => one.report()));
  else keys = message;
});
process.on('disconnect', () => process.exit());
process.send?.({ port: (server.address() as AddressInfo).port });
