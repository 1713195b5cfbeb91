import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  DOORS,
  agentNameSchema,
  dispatchMetadata,
  newCallId,
  parseDispatchMetadata,
  parseRoomName,
  roomName,
  roomNameForLogs,
  turnReportSchema,
} from './room-contract.ts';

const agentNames = fc.stringMatching(/^[a-z][a-z0-9-]{0,39}$/);
const doors = fc.constantFrom(...DOORS);

describe('a room name', () => {
  it('is taken apart into what it was made of, also with dashes in the agent', () => {
    fc.assert(
      fc.property(doors, agentNames, (door, agent) => {
        const callId = newCallId();
        expect(parseRoomName(roomName(door, agent, callId))).toEqual({ door, agent, callId });
      }),
    );
    const callId = 'ab'.repeat(16);
    expect(parseRoomName(`web-web-${'0'.repeat(32)}-${callId}`)).toEqual({
      door: 'web',
      agent: `web-${'0'.repeat(32)}`,
      callId,
    });
  });

  it.each([
    ['trunk-bank_+12025550187_h3KfWm9xT2aB', 'bank'],
    ['trunk-night-desk_anonymous_h3KfWm9xT2aB', 'night-desk'],
    ['trunk-bank_odd_caller_h3KfWm9xT2aB', 'bank'],
  ])('as LiveKit SIP makes it is taken apart without the caller’s number: %s', (name, agent) => {
    expect(parseRoomName(name)).toEqual({ door: 'trunk', agent, callId: 'h3KfWm9xT2aB' });
    expect(roomNameForLogs(name)).toBe(`trunk-${agent}_…_h3KfWm9xT2aB`);
  });

  it.each([
    '',
    'bank',
    'reach-bank_+12025550187_h3KfWm9xT2aB',
    'trunk-bank_+12025550187',
    'web-bank',
    'web-bank-123',
    `side-bank-${'a'.repeat(32)}`,
    `web-Bank-${'a'.repeat(32)}`,
    `web-bank-${'A'.repeat(32)}`,
    `web--${'a'.repeat(32)}`,
    `web-bank-${'a'.repeat(32)} `,
    `web-bank-${'a'.repeat(32)}\n`,
  ])('that is not ours is not taken apart: %j', (name) => {
    expect(parseRoomName(name)).toBeUndefined();
  });
});

describe('a call id', () => {
  it('has 128 bits in hexadecimal and is new each time', () => {
    const ids = new Set(Array.from({ length: 1_000 }, newCallId));
    expect(ids.size).toBe(1_000);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{32}$/);
  });
});

describe('dispatch metadata', () => {
  it('gives the agent back', () => {
    fc.assert(
      fc.property(agentNames, (agent) => {
        expect(parseDispatchMetadata(dispatchMetadata(agent))).toBe(agent);
      }),
    );
  });

  it.each([
    '',
    'null',
    '[]',
    '"bank"',
    '{}',
    '{"agent":7}',
    '{"agent":"Bank"}',
    '{"agent":"../x"}',
    '{',
  ])('that is not ours names no agent: %s', (metadata) => {
    expect(parseDispatchMetadata(metadata)).toBeUndefined();
  });
});

describe('an agent name', () => {
  it.each(['bank', 'a', 'support-2', 'a'.repeat(40)])('may be %j', (name) => {
    expect(agentNameSchema.safeParse(name).success).toBe(true);
  });

  it.each(['', '2nd', '-a', 'Bank', 'a_b', 'a/b', 'a\n', 'é', 'a'.repeat(41)])(
    'may not be %j',
    (name) => {
      expect(agentNameSchema.safeParse(name).success).toBe(false);
    },
  );
});

describe('a turn report', () => {
  const report = {
    turn: 1,
    atMs: 1_700_000_000_000,
    stagesMs: { stt: 80.5 },
    tools: [],
    interrupted: false,
  };

  it('survives the wire', () => {
    expect(turnReportSchema.parse(JSON.parse(JSON.stringify(report)))).toEqual(report);
  });

  it('refuses unknown stages and negative times', () => {
    expect(turnReportSchema.safeParse({ ...report, stagesMs: { lunch: 1 } }).success).toBe(false);
    expect(turnReportSchema.safeParse({ ...report, stagesMs: { llm: -1 } }).success).toBe(false);
  });
});
