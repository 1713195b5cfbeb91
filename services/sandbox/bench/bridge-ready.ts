import { setTimeout as delay } from 'node:timers/promises';
import { silentLogger } from '@patchbay/common/logger';
import { atMost } from '@patchbay/common/retry';
import { createDirectEngine } from '../../bridge/room/direct/engine.ts';
import { createEngine, type RoomEngineName } from '../../bridge/room/engines.ts';
import { Outbox } from '../../bridge/rtp/outbox.ts';
import { FRAME_SAMPLES, isAudible } from './bridge-load.ts';
import { heeding, placeIn, type RoomKeys } from './bridge-rooms.ts';

/**
 * How soon a caller's participant hears an agent who is in the room already and speaks, in a process
 * of its own. A call's own rooms are made for it, so that no phone can show this.
 */

export interface ReadyStart extends RoomKeys {
  engine: RoomEngineName;
  rooms: number;
}

/** Ms from the beginning of the join; in the order of the rooms. */
export interface ReadyReport {
  joinedMs: number[];
  /** The agent would be heard: here the bridge answers the phone. */
  heardMs: number[];
  /** The first of the agent's audio. */
  audioMs: number[];
}

const FRAME_MS = 20;
/** Who hears nothing for longer never will. */
const LONGEST_MS = 10_000;
const NEVER = new AbortController().signal;
const SOUND = Int16Array.from({ length: FRAME_SAMPLES }, (_, i) => 8_000 * Math.sin(i / 3));

async function measure({ engine, rooms, ...keys }: ReadyStart): Promise<ReadyReport> {
  const agents = createDirectEngine(silentLogger());
  const callers = await createEngine(engine, silentLogger(), new Outbox());
  const report: ReadyReport = { joinedMs: [], heardMs: [], audioMs: [] };
  for (let index = 0; index < rooms; index++) {
    const room = `ready-${engine}-${index}`;
    const agent = await agents.join(await placeIn(keys, room, 'agent'), heeding({}), NEVER);
    await agent.publishTrack();
    const speaking = setInterval(() => agent.publish(SOUND), FRAME_MS);
    // Only who is heard by somebody is there for sure.
    const there = Promise.withResolvers<void>();
    const audio = () => there.resolve();
    const ears = await placeIn(keys, room, 'listener', 'sip');
    const listener = await agents.join(ears, heeding({ audio }), NEVER);
    await there.promise;
    await listener.leave();

    const options = await placeIn(keys, room, 'caller', 'sip');
    const heard = Promise.withResolvers<number>();
    const audible = Promise.withResolvers<number>();
    const sinceMs = performance.now();
    const passed = () => performance.now() - sinceMs;
    const told = heeding({
      heard: () => heard.resolve(passed()),
      audio: (_source, samples) => {
        if (isAudible(samples)) audible.resolve(passed());
      },
    });
    const caller = await callers.join(options, told, NEVER);
    report.joinedMs.push(passed());
    await caller.publishTrack();
    const [heardMs, audioMs] = [
      await atMost(LONGEST_MS, heard.promise),
      await atMost(LONGEST_MS, audible.promise),
    ];
    if (heardMs === undefined || audioMs === undefined) {
      throw new Error(
        `nothing was heard of the agent in room ${index + 1} within ${LONGEST_MS} ms`,
      );
    }
    report.heardMs.push(heardMs);
    report.audioMs.push(audioMs);
    clearInterval(speaking);
    await Promise.all([caller.leave(), agent.leave()]);
    // What the goodbyes cost must not be in the next room's times.
    await delay(10 * FRAME_MS);
  }
  return report;
}

process.on('message', (start: ReadyStart) => {
  measure(start).then(
    (report) => process.send?.(report),
    (error: unknown) => {
      process.stderr.write(`${String(error)}\n`);
      process.exit(1);
    },
  );
});
process.on('disconnect', () => process.exit());
process.send?.('ready');
