import { RecordedSpan } from '@patchbay/common/testing/recording-tracer';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { SpeechSpans } from './speech-spans.ts';

const T0 = 1_700_000_000_000;
beforeEach(() => void vi.useFakeTimers({ now: T0 }));
afterEach(() => void vi.useRealTimers());

function at(ms: number): number {
  vi.setSystemTime(T0 + ms);
  return T0 + ms;
}

function begin() {
  const job = new RecordedSpan('job');
  return { job, speeches: new SpeechSpans(job) };
}

function turnEnds(speechId: string, lastSpeakingTimeMs: number) {
  return {
    type: 'eou_metrics' as const,
    timestamp: lastSpeakingTimeMs + 320,
    lastSpeakingTimeMs,
    endOfUtteranceDelayMs: 320,
    transcriptionDelayMs: 90,
    onUserTurnCompletedDelayMs: 0,
    speechId,
  };
}

it('a turn has the stages of the budget from the caller’s first word to the answer’s last', () => {
  const { job, speeches } = begin();
  speeches.onCallerSpeaks(at(1_000));
  // The model is asked before the turn is certain.
  at(3_100);
  const asked = speeches.parentOf('llm').child('llm openai');
  speeches.onTurn(turnEnds('speech_1', T0 + 3_000), 'deepgram');
  at(3_400);
  const tool = speeches.current.child('tool get_balance');
  speeches.parentOf('llm').child('llm openai');
  speeches.parentOf('tts').child('tts cartesia');
  speeches.onPlays(at(3_900));
  at(6_000);
  speeches.onDone('speech_1', false);

  expect(job.names).toEqual(['turn 1']);
  const turn = job.find('turn 1');
  expect(turn.names).toEqual([
    'llm openai',
    'caller speaks',
    'stt deepgram',
    'end of turn',
    'tool get_balance',
    'llm openai',
    'tts cartesia',
    'plays',
  ]);
  expect([turn.fromMs - T0, (turn.toMs ?? 0) - T0]).toEqual([1_000, 6_000]);
  const times = (name: string) => [turn.find(name).fromMs - T0, (turn.find(name).toMs ?? 0) - T0];
  expect(times('caller speaks')).toEqual([1_000, 3_000]);
  expect(times('stt deepgram')).toEqual([3_000, 3_090]);
  expect(times('end of turn')).toEqual([3_000, 3_320]);
  expect(times('plays')).toEqual([3_900, 6_000]);
  expect(turn.attributes).toMatchObject({ 'patchbay.agentTotalMs': 900 });
  expect(turn.events.map(({ name }) => name)).toEqual(['first audio']);
  expect([asked, tool].map((span) => (span as RecordedSpan).toMs)).toEqual([undefined, undefined]);
});

it('a greeting is no turn', () => {
  const { job, speeches } = begin();
  at(100);
  speeches.onWords('greeting');
  speeches.parentOf('tts').child('tts cartesia');
  speeches.onPlays(at(300));
  at(2_000);
  speeches.onDone('greeting', false);
  expect(job.names).toEqual(['words']);
  expect(job.find('words').names).toEqual(['tts cartesia', 'plays']);
  expect(job.find('words').attributes).toEqual({});
});

it('words that bridge a wait have their own voice, and the answer has its', () => {
  const { job, speeches } = begin();
  speeches.onCallerSpeaks(at(0));
  speeches.parentOf('llm');
  speeches.onTurn(turnEnds('answer', at(1_000)), 'deepgram');
  at(2_000);
  speeches.onWords('filler');
  speeches.parentOf('tts').child('tts of the filler');
  speeches.onPlays(at(2_200));
  at(2_500);
  speeches.parentOf('tts').child('tts of the answer');
  at(2_600);
  speeches.onDone('filler', false);
  speeches.onPlays(at(2_700));
  at(4_000);
  speeches.onDone('answer', false);
  expect(job.find('words').names).toEqual(['tts of the filler', 'plays']);
  expect(job.find('turn 1').names).toContain('tts of the answer');
  expect(job.find('turn 1').attributes).toMatchObject({ 'patchbay.agentTotalMs': 1_700 });
});

it('a caller who speaks over an answer begins the next turn', () => {
  const { job, speeches } = begin();
  speeches.onCallerSpeaks(at(0));
  speeches.onTurn(turnEnds('one', at(1_000)), 'deepgram');
  speeches.parentOf('tts');
  speeches.onPlays(at(1_500));
  speeches.onCallerSpeaks(at(2_000));
  at(2_400);
  speeches.parentOf('llm').child('llm openai');
  speeches.onDone('one', true);
  speeches.onTurn(turnEnds('two', at(2_500)), 'deepgram');
  at(3_000);
  speeches.onDone('two', false);
  expect(job.names).toEqual(['turn 1', 'turn 2']);
  expect(job.find('turn 1').attributes).toMatchObject({ 'patchbay.interrupted': true });
  expect(job.find('turn 2').names).toContain('llm openai');
});

it('a question of a tool goes on with the turn', () => {
  const { job, speeches } = begin();
  speeches.onCallerSpeaks(at(0));
  speeches.onTurn(turnEnds('one', at(1_000)), 'deepgram');
  at(1_200);
  speeches.parentOf('llm');
  speeches.onWords('question');
  at(1_500);
  speeches.onDone('one', false);
  speeches.onDone('question', false);
  expect(job.names).toEqual(['turn 1', 'words']);
});

it('a call that ends leaves nothing open', () => {
  const { job, speeches } = begin();
  speeches.onCallerSpeaks(at(0));
  speeches.parentOf('llm');
  speeches.onWords('words');
  at(500);
  speeches.close();
  speeches.onDone('words', false);
  expect(job.all.slice(1).map(({ toMs }) => toMs)).toEqual([T0 + 500, T0 + 500]);
});

it('what is asked of a recogniser belongs to the whole call', () => {
  const { job, speeches } = begin();
  expect(speeches.parentOf('stt')).toBe(job);
});
