import { EventEmitter } from 'node:events';
import type { voice } from '@livekit/agents';
import { expect, it } from 'vitest';
import { Floor } from './floor.ts';

type Session = Pick<voice.AgentSession, 'agentState' | 'userState' | 'on'>;

function conversation() {
  const states: { agentState: voice.AgentState; userState: voice.UserState } = {
    agentState: 'listening',
    userState: 'listening',
  };
  const session = Object.assign(new EventEmitter(), states);
  const floor = new Floor(session as unknown as Session);
  return {
    floor,
    caller: (state: voice.UserState) => {
      session.userState = state;
      if (state === 'speaking') floor.onCallerSpeaks();
    },
    agent: (newState: voice.AgentState) => {
      const oldState = session.agentState;
      session.agentState = newState;
      session.emit('agent_state_changed', { oldState, newState });
    },
  };
}

it('a caller who speaks while the agent does speaks over it', () => {
  const { floor, caller, agent } = conversation();
  agent('speaking');
  caller('speaking');
  expect(floor.isOverAgent).toBe(true);
  // The agent falls silent, and may go on.
  agent('listening');
  expect([floor.isAgents, floor.isFree]).toEqual([true, false]);
  caller('listening');
  caller('speaking');
  expect(floor.isOverAgent).toBe(true);
});

it('a caller who speaks in their turn does not', () => {
  const { floor, caller, agent } = conversation();
  agent('speaking');
  agent('listening');
  caller('speaking');
  expect(floor.isOverAgent).toBe(false);
  expect([floor.isAgents, floor.isFree]).toEqual([false, true]);
});

it('is free for nobody while the agent thinks', () => {
  const { floor, agent } = conversation();
  agent('thinking');
  expect([floor.isAgents, floor.isFree]).toEqual([false, false]);
});
