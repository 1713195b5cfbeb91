import type { metrics } from '@livekit/agents';
import { turnReportSchema } from '@patchbay/common/room-contract';
import { describe, expect, it } from 'vitest';
import { TurnCollector } from './turn-collector.ts';

function eou(speechId: string, facts: Partial<metrics.EOUMetrics> = {}): metrics.EOUMetrics {
  return {
    type: 'eou_metrics',
    timestamp: 1_300,
    endOfUtteranceDelayMs: 300,
    transcriptionDelayMs: 120,
    onUserTurnCompletedDelayMs: 0,
    lastSpeakingTimeMs: 1_000,
    speechId,
    ...facts,
  };
}

function llm(speechId: string, startMs: number, durationMs: number, ttftMs: number) {
  return {
    type: 'llm_metrics',
    label: 'llm',
    requestId: 'r',
    timestamp: startMs + durationMs,
    durationMs,
    ttftMs,
    cancelled: false,
    completionTokens: 1,
    promptTokens: 1,
    promptCachedTokens: 0,
    totalTokens: 2,
    tokensPerSecond: 1,
    speechId,
  } satisfies metrics.AgentMetrics;
}

function tts(speechId: string, ttfbMs: number) {
  return {
    type: 'tts_metrics',
    label: 'tts',
    requestId: 'r',
    timestamp: 2_000,
    ttfbMs,
    durationMs: 500,
    audioDurationMs: 900,
    cancelled: false,
    charactersCount: 10,
    streamed: true,
    speechId,
  } satisfies metrics.AgentMetrics;
}

describe('a turn report', () => {
  it.each([
    ['before its turn was over', (hold: () => void, turn: () => void) => [hold, turn]],
    ['before it was heard', (hold: () => void, turn: () => void) => [turn, hold]],
  ])('of an answer that waited for the end of a hold, begun %s, tells no wait', (_, order) => {
    const collector = new TurnCollector();
    const steps = order(
      () => collector.onHold(true),
      () => collector.onMetrics(eou('a')),
    );
    for (const step of steps) step();
    collector.onHold(false);
    collector.onSpeaking(61_450);
    const report = collector.onReplyDone('a', false);
    expect(report?.stagesMs).toEqual({ endOfTurn: 300, stt: 120 });
  });

  it('of an answer that was held while it was heard tells all', () => {
    const collector = new TurnCollector();
    collector.onMetrics(eou('a'));
    collector.onSpeaking(1_450);
    collector.onHold(true);
    expect(collector.onReplyDone('a', true)?.stagesMs.agentTotal).toBe(450);
  });

  it('has every stage, in whatever order the metrics come', () => {
    const collector = new TurnCollector();
    collector.onMetrics(llm('a', 1_050, 200, 80));
    collector.onMetrics(eou('a'));
    collector.onSpeaking(1_450);
    collector.onMetrics(tts('a', 60));
    const report = collector.onReplyDone('a', false);
    expect(turnReportSchema.parse(report)).toEqual({
      turn: 1,
      atMs: 1_450,
      stagesMs: { endOfTurn: 300, stt: 120, llm: 80, tts: 60, agentTotal: 450 },
      tools: [],
      interrupted: false,
    });
  });

  it('counts a call that only chose a tool in full, and names the tool', () => {
    const collector = new TurnCollector();
    collector.onMetrics(eou('a'));
    collector.onMetrics(llm('a', 1_300, 100, 90));
    collector.onTool('a', 'get_balance');
    collector.onMetrics(llm('a', 1_420, 200, 40));
    collector.onSpeaking(1_550);
    expect(collector.onReplyDone('a', false)).toMatchObject({
      stagesMs: { llm: 140 },
      tools: ['get_balance'],
    });
  });

  it('leaves out what the model did after the agent had begun to speak', () => {
    const collector = new TurnCollector();
    collector.onMetrics(eou('a'));
    collector.onMetrics(llm('a', 1_300, 900, 50));
    collector.onSpeaking(1_500);
    collector.onMetrics(llm('a', 2_300, 100, 30));
    expect(collector.onReplyDone('a', false)?.stagesMs.llm).toBe(50);
  });

  it('takes the first sentence for the speed of speech', () => {
    const collector = new TurnCollector();
    collector.onMetrics(eou('a'));
    collector.onSpeaking(1_500);
    collector.onMetrics(tts('a', 60));
    collector.onMetrics(tts('a', 10));
    expect(collector.onReplyDone('a', true)).toMatchObject({
      stagesMs: { tts: 60 },
      interrupted: true,
    });
  });

  it('has no delays when the end of speech was not detected', () => {
    const collector = new TurnCollector();
    collector.onMetrics(eou('a', { lastSpeakingTimeMs: 0, endOfUtteranceDelayMs: 0 }));
    collector.onMetrics(tts('a', 60));
    collector.onSpeaking(1_500);
    expect(collector.onReplyDone('a', false)?.stagesMs).toEqual({ tts: 60 });
  });

  it('of an answer to keys names its tool, and no delay behind a voice', () => {
    const collector = new TurnCollector();
    collector.onKeyed('a');
    collector.onMetrics(llm('a', 1_300, 100, 90));
    collector.onTool('a', 'verify_caller');
    collector.onMetrics(llm('a', 1_420, 200, 40));
    collector.onMetrics(tts('a', 60));
    collector.onSpeaking(1_550);
    expect(collector.onReplyDone('a', false)).toEqual({
      turn: 1,
      atMs: 1_550,
      stagesMs: { llm: 140, tts: 60 },
      tools: ['verify_caller'],
      interrupted: false,
    });
  });

  it('goes on in what a tool asks the caller', () => {
    const collector = new TurnCollector();
    collector.onMetrics(eou('a'));
    collector.onMetrics(llm('a', 1_300, 100, 90));
    collector.onTool('a', 'block_card');
    collector.onContinued('a')('question');
    expect(collector.onReplyDone('a', false)).toBeUndefined();
    collector.onMetrics(tts('question', 60));
    collector.onSpeaking(1_600);
    expect(collector.onReplyDone('question', false)).toMatchObject({
      turn: 1,
      stagesMs: { tts: 60, agentTotal: 600 },
      tools: ['block_card'],
    });
  });

  it('is not made for a greeting, a reply thought up in vain, or one nobody heard', () => {
    const collector = new TurnCollector();
    collector.onMetrics(tts('greeting', 60));
    collector.onSpeaking(500);
    expect(collector.onReplyDone('greeting', false)).toBeUndefined();
    collector.onMetrics(llm('preemptive', 900, 100, 50));
    expect(collector.onReplyDone('preemptive', true)).toBeUndefined();
    collector.onMetrics(eou('unheard'));
    expect(collector.onReplyDone('unheard', true)).toBeUndefined();
  });

  it('tells of an answer that was broken off, also if the next turn ended before it was given up', () => {
    const collector = new TurnCollector();
    collector.onMetrics(eou('a'));
    collector.onSpeaking(1_450);
    collector.onMetrics(eou('b', { lastSpeakingTimeMs: 3_000 }));
    expect(collector.onReplyDone('a', true)).toMatchObject({ turn: 1, interrupted: true });
    collector.onSpeaking(3_400);
    expect(collector.onReplyDone('b', false)).toMatchObject({
      turn: 2,
      stagesMs: { agentTotal: 400 },
    });
  });

  it('is numbered from one, without gaps', () => {
    const collector = new TurnCollector();
    const turns = ['a', 'b'].map((id) => {
      collector.onMetrics(eou(id));
      collector.onSpeaking(1_500);
      return collector.onReplyDone(id, false)?.turn;
    });
    expect(turns).toEqual([1, 2]);
  });
});
