import { callRecordSchema, type CallRecord } from '@patchbay/common/call-record';
import { roomName } from '@patchbay/common/room-contract';
import { describe, expect, it } from 'vitest';
import type { RoomEvent } from './livekit/events.ts';
import { callerIdentity } from './livekit/token.ts';
import { WebCallRecords } from './web-call-records.ts';

const CALL_ID = 'c'.repeat(32);
const agent = { identity: 'agent-1', kind: 'AGENT' };

function setUp() {
  const clock = { ms: 1_000 };
  const written: CallRecord[] = [];
  const told: string[] = [];
  const served: string[] = [];
  const records = new WebCallRecords({
    write: (record) => written.push(callRecordSchema.parse(record)),
    onJoined: (callId) => told.push(`joined ${callId}`),
    onServed: (callId) => served.push(callId),
    onEnded: (callId) => told.push(`ended ${callId}`),
    now: () => clock.ms,
  });
  const happens = (
    atMs: number,
    event: string,
    participant?: Partial<NonNullable<RoomEvent['participant']>>,
    room = roomName('web', 'bank', CALL_ID),
    creationTimeMs = 1_000,
  ) => {
    clock.ms = atMs;
    records.handle({
      event,
      id: '',
      room: { name: room, creationTimeMs },
      ...(participant && {
        participant: {
          identity: callerIdentity(CALL_ID),
          kind: 'STANDARD',
          disconnectReason: 'UNKNOWN_REASON',
          ...participant,
        },
      }),
      track: { type: 'AUDIO' },
    });
  };
  return { written, told, served, happens };
}

describe('records of web calls', () => {
  it('tell when each step happened and that the caller hung up', () => {
    const { written, told, happens } = setUp();
    happens(1_000, 'room_started');
    happens(1_100, 'participant_joined', {});
    happens(1_150, 'track_published', {});
    happens(1_600, 'participant_joined', agent);
    happens(1_800, 'track_published', { identity: 'agent-1' });
    happens(61_000, 'participant_left', { disconnectReason: 'CLIENT_INITIATED' });
    happens(61_200, 'participant_left', agent);
    happens(61_300, 'room_finished');
    expect(written).toEqual([
      {
        schemaVersion: 1,
        event: 'call-record',
        callId: CALL_ID,
        traceId: CALL_ID,
        door: 'web',
        agent: 'bank',
        room: `web-bank-${CALL_ID}`,
        at: { startMs: 1_000, agentReadyMs: 1_800, answeredMs: 1_100, endMs: 61_000 },
        result: 'caller-hangup',
        detail: 'The caller hung up.',
        turns: [],
      },
    ]);
    expect(told).toEqual([`joined ${CALL_ID}`, `ended ${CALL_ID}`]);
  });

  it('have the turns that the agent reported as it left, and why it ended the call', () => {
    const { written, happens } = setUp();
    const turn = { turn: 1, atMs: 5, stagesMs: { llm: 250 }, tools: [], interrupted: false };
    const leave = (summary: string) =>
      happens(9_000, 'participant_left', { ...agent, attributes: { 'patchbay.summary': summary } });
    happens(1_100, 'participant_joined', {});
    happens(1_600, 'participant_joined', agent);
    happens(1_800, 'track_published', { identity: 'agent-1' });
    leave('nonsense');
    leave(JSON.stringify({ turns: [turn], end: { cause: 'provider-failure' } }));
    happens(9_100, 'participant_left', { disconnectReason: 'ROOM_DELETED' });
    happens(9_200, 'room_finished');
    expect(written).toMatchObject([{ result: 'provider-failure', turns: [turn] }]);
  });

  it('tell at once that the agent has come, but not of one that only apologises', () => {
    const { served, happens } = setUp();
    happens(1_100, 'participant_joined', {});
    happens(1_200, 'participant_joined', { identity: 'attendant-1', kind: 'AGENT' });
    expect(served).toEqual([]);
    happens(1_600, 'participant_joined', agent);
    expect(served).toEqual([CALL_ID]);
  });

  it.each([
    ['ROOM_DELETED', 'agent-hangup'],
    ['CONNECTION_TIMEOUT', 'media-timeout'],
    ['SERVER_SHUTDOWN', 'room-failed'],
  ])('call an end by %s %s', (disconnectReason, result) => {
    const { written, happens } = setUp();
    happens(1_100, 'participant_joined', {});
    happens(1_600, 'participant_joined', agent);
    happens(1_800, 'track_published', { identity: 'agent-1' });
    happens(9_000, 'participant_left', { disconnectReason });
    happens(9_100, 'room_finished');
    expect(written[0]!.result).toBe(result);
  });

  it('tell an agent that never came from a caller who did not wait', () => {
    const patient = setUp();
    patient.happens(1_100, 'participant_joined', {});
    patient.happens(11_100, 'participant_left', { disconnectReason: 'CLIENT_INITIATED' });
    patient.happens(11_200, 'room_finished');
    expect(patient.written[0]!.result).toBe('agent-unavailable');
    const hasty = setUp();
    hasty.happens(1_100, 'participant_joined', {});
    hasty.happens(2_100, 'participant_left', { disconnectReason: 'CLIENT_INITIATED' });
    hasty.happens(7_200, 'room_finished');
    expect(hasty.written[0]!.result).toBe('caller-cancel');
  });

  it('tell an agent that was lost in the middle', () => {
    const { written, happens } = setUp();
    happens(1_100, 'participant_joined', {});
    happens(1_600, 'participant_joined', agent);
    happens(1_800, 'track_published', { identity: 'agent-1' });
    happens(5_000, 'participant_left', agent);
    happens(9_000, 'participant_left', { disconnectReason: 'CLIENT_INITIATED' });
    happens(9_100, 'room_finished');
    expect(written[0]!.result).toBe('agent-unavailable');
  });

  it('don’t take someone who listens in for the caller', () => {
    const { written, happens } = setUp();
    happens(1_100, 'participant_joined', {});
    happens(1_800, 'participant_joined', agent);
    happens(1_900, 'track_published', { identity: 'agent-1' });
    happens(2_000, 'participant_joined', { identity: 'observer' });
    happens(8_000, 'participant_left', { disconnectReason: 'CLIENT_INITIATED' });
    happens(9_000, 'participant_left', { identity: 'observer', disconnectReason: 'ROOM_DELETED' });
    happens(9_100, 'room_finished');
    expect(written[0]).toMatchObject({ result: 'caller-hangup', at: { endMs: 8_000 } });
  });

  it('take a reconnecting caller for one call', () => {
    const { written, happens } = setUp();
    happens(1_100, 'participant_joined', {});
    happens(1_600, 'participant_joined', agent);
    happens(1_800, 'track_published', { identity: 'agent-1' });
    happens(3_000, 'participant_left', { disconnectReason: 'SIGNAL_CLOSE' });
    happens(3_500, 'participant_joined', {});
    happens(8_000, 'participant_left', { disconnectReason: 'CLIENT_INITIATED' });
    happens(8_100, 'room_finished');
    expect(written).toHaveLength(1);
    expect(written[0]).toMatchObject({
      result: 'caller-hangup',
      at: { answeredMs: 1_100, endMs: 8_000 },
    });
  });

  it('are written of callers by the trunk door too, without their number', () => {
    const { written, happens } = setUp();
    const room = 'trunk-bank_+12025550187_h3KfWm9xT2aB';
    const caller = { identity: 'sip_+12025550187', kind: 'SIP' };
    happens(1_100, 'participant_joined', caller, room);
    happens(1_600, 'participant_joined', agent, room);
    happens(1_800, 'track_published', { identity: 'agent-1' }, room);
    happens(8_000, 'participant_left', { ...caller, disconnectReason: 'CLIENT_INITIATED' }, room);
    happens(8_100, 'room_finished', undefined, room);
    expect(written[0]).toMatchObject({
      door: 'trunk',
      agent: 'bank',
      callId: 'h3KfWm9xT2aB',
      result: 'caller-hangup',
    });
    expect(JSON.stringify(written)).not.toContain('2025550187');
  });

  it('are written once, though LiveKit repeats itself, and not for rooms of the bridge', () => {
    const { written, happens } = setUp();
    happens(9_000, 'room_finished');
    happens(9_500, 'room_finished');
    happens(9_600, 'room_finished', undefined, roomName('reach', 'bank', CALL_ID));
    happens(9_700, 'room_finished', undefined, 'somebody-elses-room');
    expect(written).toHaveLength(1);
  });

  it('are not written again when somebody other than the caller makes the room once more', () => {
    const { written, happens } = setUp();
    happens(1_100, 'participant_joined', {});
    happens(8_100, 'room_finished');
    const room = roomName('web', 'bank', CALL_ID);
    happens(8_200, 'room_started', undefined, room, 8_200);
    happens(8_300, 'participant_joined', agent, room, 8_200);
    happens(9_000, 'room_finished', undefined, room, 8_200);
    expect(written).toHaveLength(1);
  });
});
