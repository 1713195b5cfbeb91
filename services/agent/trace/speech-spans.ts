import type { metrics } from '@livekit/agents';
import type { TraceSpan } from '@patchbay/common/tracing/span';
import type { Stage } from '../providers/faults.ts';

/** Something the agent says: the answer to a turn of the caller, or words of its own. */
interface Speech {
  kind: 'turn' | 'words';
  span: TraceSpan;
  startMs: number;
  endOfSpeechMs?: number;
  playedAtMs?: number;
  /** Somebody has been asked to speak it. */
  voiced: boolean;
}

/**
 * Spans of what is said in a call: a `turn` from the beginning of the caller's speech to the end of the
 * answer, with the stages of the budget; `words` for a greeting and the like. The framework tells of a
 * reply under its id once the turn is certain; what was asked of providers before then (preemptive
 * generation) belongs to the turn that is being made.
 */
export class SpeechSpans {
  readonly #parent: TraceSpan;
  readonly #bySpeech = new Map<string, Speech>();
  readonly #open: Speech[] = [];
  #speakingSinceMs: number | undefined;
  #turns = 0;

  /** @param parent span of the job */
  constructor(parent: TraceSpan) {
    this.#parent = parent;
  }

  /** Voice detection hears the caller. */
  onCallerSpeaks(atMs: number): void {
    this.#speakingSinceMs = atMs;
  }

  /** The agent says something by itself. */
  onWords(speechId: string): void {
    const speech = this.#begin('words', Date.now());
    this.#bySpeech.set(speechId, speech);
  }

  /** The caller's turn is over and this reply answers it. */
  onTurn(event: metrics.EOUMetrics, sttProvider: string): void {
    const { speechId, lastSpeakingTimeMs: endMs } = event;
    if (speechId === undefined) return;
    const speech = this.#turnInTheMaking() ?? this.#begin('turn', this.#turnStart(endMs));
    this.#bySpeech.set(speechId, speech);
    // 0 means that the end of speech was not detected, so the delays mean nothing.
    if (endMs <= 0) return;
    const { span } = speech;
    speech.endOfSpeechMs = endMs;
    if (speech.startMs < endMs) span.step('caller speaks', speech.startMs, endMs);
    span.step(`stt ${sttProvider}`, endMs, endMs + Math.max(0, event.transcriptionDelayMs), {
      attributes: { 'patchbay.stage': 'stt', 'patchbay.provider': sttProvider },
    });
    span.step('end of turn', endMs, endMs + Math.max(0, event.endOfUtteranceDelayMs), {
      attributes: { 'patchbay.stage': 'endOfTurn' },
    });
  }

  /** Which span a request to a provider belongs to. */
  parentOf(stage: Stage): TraceSpan {
    if (stage === 'stt') return this.#parent;
    if (stage === 'tts') {
      const speech =
        this.#open.findLast(({ voiced }) => !voiced) ??
        this.#open.findLast(({ kind }) => kind === 'turn') ??
        this.#open.at(-1);
      if (speech) speech.voiced = true;
      return speech?.span ?? this.#parent;
    }
    const turn = this.#turnInTheMaking() ?? this.#begin('turn', this.#turnStart(Date.now()));
    return turn.span;
  }

  /** Where a tool that runs now belongs. */
  get current(): TraceSpan {
    return this.#open.findLast(({ kind }) => kind === 'turn')?.span ?? this.#parent;
  }

  /** Sound of the agent begins to play: of what was begun first and has a voice. */
  onPlays(atMs: number): void {
    const silent = this.#open.filter((speech) => speech.playedAtMs === undefined);
    const speech = silent.find(({ voiced }) => voiced) ?? silent.at(-1);
    if (!speech) return;
    speech.playedAtMs = atMs;
    const { endOfSpeechMs: fromMs } = speech;
    const waitedMs = atMs - (fromMs ?? speech.startMs);
    speech.span.event('first audio', { 'patchbay.waitedMs': Math.round(waitedMs) }, atMs);
    if (fromMs !== undefined) speech.span.set({ 'patchbay.agentTotalMs': Math.round(waitedMs) });
  }

  /** What was said has been played, or broken off. */
  onDone(speechId: string, interrupted: boolean): void {
    const speech = this.#bySpeech.get(speechId);
    this.#bySpeech.delete(speechId);
    if (!speech || [...this.#bySpeech.values()].includes(speech)) return;
    this.#end(speech, interrupted ? { 'patchbay.interrupted': true } : {});
  }

  /** Nobody hears any more. */
  close(): void {
    for (const speech of [...this.#open]) this.#end(speech, { 'patchbay.unfinished': true });
    this.#bySpeech.clear();
  }

  /** A turn that has not been heard yet, or whose answer plays and the caller has not spoken since. */
  #turnInTheMaking(): Speech | undefined {
    const turn = this.#open.findLast(({ kind }) => kind === 'turn');
    if (!turn) return undefined;
    const since = this.#speakingSinceMs ?? 0;
    return turn.playedAtMs === undefined || since <= turn.playedAtMs ? turn : undefined;
  }

  /** When the caller began to say what ends by then. */
  #turnStart(byMs: number): number {
    const since = this.#speakingSinceMs;
    this.#speakingSinceMs = undefined;
    return since !== undefined && since < byMs ? since : byMs > 0 ? byMs : Date.now();
  }

  #begin(kind: Speech['kind'], startMs: number): Speech {
    if (kind === 'turn') this.#turns += 1;
    const name = kind === 'turn' ? `turn ${this.#turns}` : 'words';
    const span = this.#parent.child(name, { atMs: startMs });
    const speech: Speech = { kind, span, startMs, voiced: false };
    this.#open.push(speech);
    return speech;
  }

  #end(speech: Speech, attributes: Record<string, boolean>): void {
    const at = this.#open.indexOf(speech);
    if (at < 0) return;
    this.#open.splice(at, 1);
    const { span, playedAtMs } = speech;
    if (playedAtMs !== undefined) span.step('plays', playedAtMs, Date.now());
    span.set(attributes);
    span.end();
  }
}
