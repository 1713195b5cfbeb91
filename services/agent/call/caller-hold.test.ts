import { DisconnectReason } from '@livekit/rtc-node';
import { expect, it } from 'vitest';
import { ToldRoom } from '../testing/told-room.ts';
import { watchHold } from './caller-hold.ts';

/** A room with a caller by phone, and what is heard of holds. */
function scene(attributes: Record<string, string> = {}) {
  const told: boolean[] = [];
  const room = new ToldRoom();
  const caller = room.joins('phone', attributes);
  const watch = watchHold({ room: room.room, caller, onHold: (held) => told.push(held) });
  return { told, room, watch };
}

it('a phone that holds the call, and is back, is told once each time', () => {
  const { told, room } = scene();
  room.becomes('phone', { 'sip.callStatus': 'active' });
  expect(told).toEqual([]);
  room.becomes('phone', { 'patchbay.hold': 'yes' });
  room.becomes('phone', { 'patchbay.hold': 'yes' });
  room.becomes('phone', { 'sip.callTag': 'x' });
  expect(told).toEqual([true]);
  room.becomes('phone', { 'patchbay.hold': 'no' });
  expect(told).toEqual([true, false]);
});

it('a phone that holds the call before the agent comes is told at once', () => {
  expect(scene({ 'patchbay.hold': 'yes' }).told).toEqual([true]);
  expect(scene({ 'patchbay.hold': 'no' }).told).toEqual([]);
});

it('a door that lost its connection during a hold has not ended it', () => {
  const { told, room } = scene();
  room.becomes('phone', { 'patchbay.hold': 'yes' });
  room.leaves('phone', DisconnectReason.UNKNOWN_REASON);
  room.joins('phone');
  expect(told).toEqual([true]);
  room.becomes('phone', { 'patchbay.hold': 'no' });
  expect(told).toEqual([true, false]);
});

it('others in the room hold nothing, and nobody is heard when the watch is over', () => {
  const { told, room, watch } = scene();
  room.joins('other', { 'patchbay.hold': 'yes' });
  watch.close();
  room.becomes('phone', { 'patchbay.hold': 'yes' });
  expect([told, room.watchers]).toEqual([[], 0]);
});
