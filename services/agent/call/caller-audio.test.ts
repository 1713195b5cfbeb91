import { EventEmitter } from 'node:events';
import { initializeLogger } from '@livekit/agents';
import {
  AudioFrame,
  RoomEvent,
  TrackSource,
  type RemoteParticipant,
  type RemoteTrack,
  type Room,
} from '@livekit/rtc-node';
import { beforeAll, expect, it, vi } from 'vitest';
import { CallerAudio } from './caller-audio.ts';

beforeAll(() => initializeLogger({ pretty: false, level: 'silent' }));

/** A caller whose tracks' frames the test gives out one by one. */
function callerAudio() {
  const room = new EventEmitter();
  const participant = { identity: 'caller', trackPublications: new Map() };
  const faults: unknown[] = [];
  const reads: PromiseWithResolvers<{ done: false; value: AudioFrame }>[] = [];
  const reader = {
    read: () => {
      const read = Promise.withResolvers<{ done: false; value: AudioFrame }>();
      reads.push(read);
      return read.promise;
    },
    cancel: () => Promise.resolve(),
  };
  const audio = new CallerAudio(
    room as unknown as Room,
    participant as unknown as RemoteParticipant,
    (error) => faults.push(error),
    () => reader,
  );
  const track = {} as RemoteTrack;
  const tell = (event: RoomEvent) =>
    room.emit(event, track, { source: TrackSource.SOURCE_MICROPHONE }, participant);
  tell(RoomEvent.TrackSubscribed);
  const lastRead = () => reads.at(-1);
  return { audio, tell, faults, lastRead };
}

const frame = () => new AudioFrame(new Int16Array(512).fill(7), 16_000, 1, 512);

it('is what the caller says', async () => {
  const { audio, lastRead } = callerAudio();
  lastRead()?.resolve({ done: false, value: frame() });
  const { value } = await audio.stream.getReader().read();
  expect(value?.data[0]).toBe(7);
  await audio.close();
});

it('is silence while the line is held', async () => {
  const { audio, lastRead } = callerAudio();
  audio.onHold(true);
  lastRead()?.resolve({ done: false, value: frame() });
  const { value } = await audio.stream.getReader().read();
  expect(value?.data[0]).toBe(0);
  await audio.close();
});

it('tells of a track that breaks, for nobody hears the caller any more', async () => {
  const { audio, faults, lastRead } = callerAudio();
  const broken = new Error('the stream broke');
  lastRead()?.reject(broken);
  await vi.waitFor(() => expect(faults).toEqual([broken]));
  await audio.close();
});

it('does not mind what breaks after the track has gone', async () => {
  const { audio, tell, faults, lastRead } = callerAudio();
  const read = lastRead();
  tell(RoomEvent.TrackUnsubscribed);
  read?.reject(new Error('the stream broke'));
  await new Promise(setImmediate);
  expect(faults).toEqual([]);
  await audio.close();
});
