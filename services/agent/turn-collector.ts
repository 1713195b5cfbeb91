import type { metrics } from '@livekit/agents';
import type { TurnReport } from '@patchbay/common/room-contract';
import type { ProviderSwitch } from './providers/chain/switches.ts';

interface LlmCall {
  startMs: number;
  ttftMs: number;
  durationMs: number;
}

/** What is known of one reply, under the id the framework gives it. */
interface Reply {
  /** A turn of the caller has ended for it; false for what the agent says of its own accord. */
  answersTurn: boolean;
  endOfSpeechMs?: number;
  endOfTurnMs?: number;
  sttMs?: number;
  llm: LlmCall[];
  ttsMs?: number;
  speakingAtMs?: number;
  tools: string[];
}

/**
 * Puts the framework's metrics of one reply together into a {@link TurnReport}. They come in any
 * order: the language model may be done before the turn is even committed (preemptive generation),
 * the speech only after it was played.
 */
export class TurnCollector {
  readonly #replies = new Map<string, Reply>();
  #current: Reply | undefined;
  /** Replies whose turn goes on in another one. */
  readonly #continued = new Set<string>();
  #turn = 0;
  #held = false;
  /** Since the last report. */
  #switches: ProviderSwitch[] = [];

  onMetrics(event: metrics.AgentMetrics): void {
    switch (event.type) {
      case 'eou_metrics': {
        const reply = this.#reply(event.speechId);
        if (!reply) return;
        reply.answersTurn = true;
        this.#current = reply;
        // 0 means that the end of speech was not detected, so the delays mean nothing.
        if (event.lastSpeakingTimeMs <= 0) return;
        if (!this.#held) reply.endOfSpeechMs = event.lastSpeakingTimeMs;
        reply.endOfTurnMs = Math.max(0, event.endOfUtteranceDelayMs);
        reply.sttMs = Math.max(0, event.transcriptionDelayMs);
        return;
      }
      case 'llm_metrics': {
        if (event.ttftMs < 0) return;
        const { timestamp, durationMs, ttftMs } = event;
        this.#reply(event.speechId)?.llm.push({
          startMs: timestamp - durationMs,
          ttftMs,
          durationMs,
        });
        return;
      }
      case 'tts_metrics': {
        const reply = this.#reply(event.speechId);
        if (reply && event.ttfbMs >= 0) reply.ttsMs ??= event.ttfbMs;
        return;
      }
      default:
    }
  }

  /** The agent's audio began to play. */
  onSpeaking(atMs: number): void {
    if (this.#current) this.#current.speakingAtMs ??= atMs;
  }

  /** The caller's phone holds the call, or is back. An answer that waits for that is not late. */
  onHold(held: boolean): void {
    this.#held = held;
    if (this.#current?.speakingAtMs === undefined) delete this.#current?.endOfSpeechMs;
  }

  /** A speech calls a tool. Told before it runs: what it asks the caller may be reported first. */
  onTool(speechId: string, name: string): void {
    this.#reply(speechId)?.tools.push(name);
  }

  /** This speech answers what the caller keyed in: a turn without an end of speech. */
  onKeyed(speechId: string): void {
    const reply = this.#reply(speechId);
    if (!reply) return;
    reply.answersTurn = true;
    this.#current = reply;
  }

  /**
   * What this reply answers is answered by another one, for example when a tool asks the caller.
   *
   * @returns to be called with that one's id
   */
  onContinued(speechId: string): (nextSpeechId: string) => void {
    const reply = this.#reply(speechId);
    this.#continued.add(speechId);
    return (next) => {
      if (reply) this.#replies.set(next, reply);
    };
  }

  /** Another provider took over; told with the next report. */
  onSwitch(change: ProviderSwitch): void {
    this.#switches.push(change);
  }

  /** A reply is over. @returns its report, if it answered a turn of the caller and was heard */
  onReplyDone(speechId: string, interrupted: boolean): TurnReport | undefined {
    const reply = this.#replies.get(speechId);
    this.#replies.delete(speechId);
    if (!reply || this.#continued.delete(speechId)) return undefined;
    // Of one that was spoken into, this comes after the end of the next turn.
    if (this.#current === reply) this.#current = undefined;
    if (!reply.answersTurn || reply.speakingAtMs === undefined) return undefined;
    this.#turn += 1;
    const switches = this.#switches;
    this.#switches = [];
    return {
      turn: this.#turn,
      atMs: reply.speakingAtMs,
      stagesMs: stagesOf(reply, reply.speakingAtMs),
      tools: reply.tools,
      interrupted,
      ...(switches.length > 0 ? { switches } : {}),
    };
  }

  #reply(speechId: string | undefined): Reply | undefined {
    if (speechId === undefined) return undefined;
    const known = this.#replies.get(speechId);
    if (known) return known;
    const reply: Reply = { answersTurn: false, llm: [], tools: [] };
    this.#replies.set(speechId, reply);
    return reply;
  }
}

function stagesOf(reply: Reply, speakingAtMs: number): TurnReport['stagesMs'] {
  const llm = llmMs(reply.llm.filter((call) => call.startMs < speakingAtMs));
  const { endOfSpeechMs } = reply;
  return {
    ...(reply.endOfTurnMs === undefined ? {} : { endOfTurn: reply.endOfTurnMs }),
    ...(reply.sttMs === undefined ? {} : { stt: reply.sttMs }),
    ...(llm === undefined ? {} : { llm }),
    ...(reply.ttsMs === undefined ? {} : { tts: reply.ttsMs }),
    ...(endOfSpeechMs === undefined
      ? {}
      : { agentTotal: Math.max(0, speakingAtMs - endOfSpeechMs) }),
  };
}

/**
 * The wait for the language model until the first spoken word: calls that only chose a tool in full,
 * the last one up to its first token.
 */
function llmMs(calls: readonly LlmCall[]): number | undefined {
  const last = calls.at(-1);
  if (!last) return undefined;
  return calls.slice(0, -1).reduce((sum, call) => sum + call.durationMs, last.ttftMs);
}
